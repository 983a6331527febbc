//! What right files mean. What wrong ones are told is in `cli/tests/mistakes/`.

use std::path::Path;
use std::time::Duration;

use tidegate::config::runtime::{Auth, Model, Stage, Target};
use tidegate::providers::UnknownFields;

use super::*;

const OPENAI: &str = "providers: {openai: {api_key: \"${OPENAI_API_KEY}\"}}\n";

fn read(yaml: &str) -> Config {
    parse(yaml, Path::new("/etc/tidegate")).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A configuration with these models, all of provider `openai`.
fn with_models(models: &str) -> Config {
    read(&format!("{OPENAI}auth: none\nmodels:\n{models}"))
}

/// Targets as `upstream model` or `upstream model via model`.
fn targets(config: &Config, name: &str) -> Vec<String> {
    let models = &config.gateway.models;
    let model: &Model = models.iter().find(|model| model.name == name).unwrap();
    let of_stage = |stage: &Stage| -> Vec<String> {
        let name = |target: &Target| match &stage.via {
            Some(via) => format!("{} via {via}", target.model),
            None => target.model.clone(),
        };
        stage.targets.iter().map(name).collect()
    };
    model.stages.iter().flat_map(of_stage).collect()
}

#[test]
fn what_is_left_out_has_its_default() {
    let config = with_models("  gpt-4o: {provider: openai}\n");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.admin.to_string(), "127.0.0.1:9901");
    assert_eq!(config.gateway.max_body_bytes, 32 << 20);
    assert_eq!(config.gateway.auth, Auth::None);
    assert_eq!(config.profiles, [Profile::default()]);
    assert!(config.access_log);
    let provider = &config.providers[0];
    assert_eq!(provider.filter.kind, "openai");
    assert_eq!(provider.filter.authority, "api.openai.com");
    assert_eq!(
        provider.filter.api_key_env.as_deref(),
        Some("OPENAI_API_KEY")
    );
    assert_eq!(provider.filter.unknown_fields, UnknownFields::Pass);
    assert_eq!(provider.tls, Some(Tls { ca_file: None }));
}

#[test]
fn the_short_form_is_one_target_of_the_same_name() {
    let config =
        with_models("  gpt-4o: {provider: openai}\n  big: {provider: openai, model: o3}\n");
    assert_eq!(targets(&config, "gpt-4o"), ["gpt-4o"]);
    assert_eq!(targets(&config, "big"), ["o3"]);
}

#[test]
fn fallbacks_come_after_a_models_own_targets_with_their_own_fallbacks() {
    let config = with_models(
        "  a: {provider: openai, fallbacks: [b, d]}\n  \
         b: {provider: openai, fallbacks: [c]}\n  \
         c: {provider: openai}\n  \
         d: {provider: openai}\n",
    );
    assert_eq!(
        targets(&config, "a"),
        ["a", "b via b", "c via c", "d via d"]
    );
    assert_eq!(targets(&config, "b"), ["b", "c via c"]);
    assert_eq!(config.gateway.longest_plan(), 4);
}

#[test]
fn a_target_that_fallbacks_repeat_stays_at_its_first_place() {
    let config = with_models(
        "  a: {provider: openai, model: same, fallbacks: [b, c]}\n  \
         b: {provider: openai, model: same, fallbacks: [c]}\n  \
         c: {provider: openai, aliases: [see]}\n  \
         d: {provider: openai, fallbacks: [see]}\n",
    );
    assert_eq!(targets(&config, "a"), ["same", "c via c"]);
    assert_eq!(targets(&config, "d"), ["d", "c via c"]);
}

#[test]
fn many_fallbacks_of_fallbacks_are_read_in_no_time() {
    let layer = |n: usize| {
        match n {
        29 => "  m29a: {provider: openai, model: x}\n  m29b: {provider: openai, model: x}\n".to_owned(),
        n => ["a", "b"].map(|side| {
            let next = n + 1;
            format!("  m{n}{side}: {{provider: openai, model: x, fallbacks: [m{next}a, m{next}b]}}\n")
        }).concat(),
    }
    };
    let models: String = (0..30).map(layer).collect();
    assert_eq!(targets(&with_models(&models), "m0a"), ["x"]);
}

#[test]
fn a_models_timeouts_are_the_files_but_for_what_it_says() {
    let config = read(&format!(
        "{OPENAI}auth: none\ntimeouts: {{first_token: 7s, idle: 8s, total: 9m}}\n\
         models:\n  a: {{provider: openai}}\n  b: {{provider: openai, timeouts: {{idle: 3s}}}}\n"
    ));
    let [a, b] = &config.gateway.models[..] else {
        panic!("two models")
    };
    assert_eq!((a.timeouts.as_str(), b.timeouts.as_str()), ("default", "b"));
    let own = &config.profiles[1];
    assert_eq!(own.name, "b");
    assert_eq!(own.first_token, Duration::from_secs(7));
    assert_eq!(own.idle, Duration::from_secs(3));
    assert_eq!(own.total, Duration::from_secs(540));
}

#[test]
fn a_total_that_is_shorter_than_the_defaults_shortens_them() {
    let config = read(&format!(
        "{OPENAI}auth: none\ntimeouts: {{total: 30s}}\nmodels: {{a: {{provider: openai}}}}\n"
    ));
    assert_eq!(config.profiles[0].first_token, Duration::from_secs(30));
    assert_eq!(config.profiles[0].response, Duration::from_secs(30));
}

#[test]
fn a_keys_list_may_name_aliases_and_means_models() {
    let hash = "AB".repeat(32);
    let config = read(&format!(
        "{OPENAI}models: {{a: {{provider: openai, aliases: [b]}}}}\n\
         keys: [{{id: dev, sha256: {hash}, models: [b], team: t}}]\nteams: {{t: }}\n"
    ));
    let Auth::Keys(keys) = &config.gateway.auth else {
        panic!("keys")
    };
    assert_eq!(keys[0].models.as_deref(), Some(&["a".to_owned()][..]));
    assert_eq!(keys[0].team.as_deref(), Some("t"));
    assert_eq!(keys[0].sha256, Some(hash.to_lowercase()));
}

#[test]
fn a_base_url_is_as_in_the_vendors_sdk() {
    let config = read(
        "providers:\n  \
         root: {kind: anthropic, base_url: \"https://a.example\", api_key: \"${A}\"}\n  \
         path: {kind: anthropic, base_url: \"https://a.example/anthropic/\", api_key: \"${A}\"}\n  \
         open: {kind: openai, base_url: \"http://127.0.0.1:1/v1\"}\n  \
         bridge: {kind: openai_responses, base_url: \"http://127.0.0.1:1/v1\"}\n\
         models: {m: {provider: root}}\nauth: none\n",
    );
    let providers = config.providers.iter();
    let paths: Vec<_> = providers.map(|p| p.filter.base_path.as_str()).collect();
    assert_eq!(paths, ["", "/anthropic", "/v1", "/v1"]);
}

#[test]
fn a_look_alike_has_options_of_its_own() {
    let config = read(
        "providers:\n  a: {kind: vllm, base_url: \"http://127.0.0.1:1/v1\", \
         stream_only: \"qwq*, *omni*\", think_tags: split, turns: alternate}\n\
         models: {m: {provider: a}}\nauth: none\n",
    );
    let options = &config.providers[0].filter.options;
    assert_eq!(options.value("stream_only"), Some("qwq*, *omni*"));
    assert_eq!(options.value("think_tags"), Some("split"));
    assert_eq!(options.value("turns"), Some("alternate"));
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let config = read(
        "providers: {a: {kind: openai, base_url: \"https://a/v1\", tls: {ca_file: ca.pem}}}\n\
         models: {m: {provider: a}}\nauth: none\n",
    );
    let tls = config.providers[0].tls.as_ref().unwrap();
    assert_eq!(
        tls.ca_file.as_deref(),
        Some(Path::new("/etc/tidegate/ca.pem"))
    );
}

#[test]
fn hosts_of_pictures_have_a_cluster_each() {
    let config = read(
        "providers: {a: {kind: anthropic, api_key: \"${A}\"}}\nmodels: {m: {provider: a}}\nauth: none\n\
         remote_images: {hosts: [\"Images.example\", \"127.0.0.1:8443\"], tls: {ca_file: ca.pem}}\n",
    );
    let hosts = config.image_hosts.iter();
    let hosts: Vec<_> = hosts.map(|h| (h.authority.as_str(), h.port)).collect();
    assert_eq!(hosts, [("images.example", 443), ("127.0.0.1:8443", 8443)]);
    let ca_file = config.image_hosts[0].ca_file.as_deref();
    assert_eq!(ca_file, Some(Path::new("/etc/tidegate/ca.pem")));
    // It takes addresses itself.
    assert_eq!(config.providers[0].filter.remote_images, None);
}

#[test]
fn a_variable_that_several_providers_use_is_named_once() {
    let config = read(
        "providers:\n  b: {kind: openai, api_key: \"${Z}\"}\n  a: {kind: openai, api_key: \"${Z}\"}\n  \
         c: {kind: openai, api_key: \"${A}\"}\n\
         models: {m: {provider: a}}\nauth: none\n",
    );
    assert_eq!(
        config.key_variables(),
        [("A", vec!["c"]), ("Z", vec!["b", "a"])]
    );
}

#[test]
fn prices_are_for_a_choice_too_where_nothing_is_limited() {
    let config = with_models(
        "  m: {strategy: cheapest, provider: openai}\n\
         prices: {overrides: {openai: {m: {input: 2, output: 4}}}}\n",
    );
    let target = config.gateway.models[0].targets().next().unwrap();
    assert!(target.price.is_some() && config.gateway.limits.is_none());
}

#[test]
fn no_part_of_a_file_brings_the_reader_down() {
    let example = include_str!("../../../tidegate.example.yaml");
    let ends = example.char_indices().map(|(index, _)| index);
    for end in ends.step_by(31) {
        let _ = parse(example.get(..end).unwrap_or_default(), Path::new(""));
    }
    let lines: Vec<_> = example.lines().collect();
    for left_out in 0..lines.len() {
        let mut rest = lines.clone();
        rest.remove(left_out);
        let _ = parse(&rest.join("\n"), Path::new(""));
    }
    for (from, to) in [
        (":", ""),
        ("{", "["),
        ("\"", ""),
        (" ", ""),
        ("\n", "\n\n- "),
        ("o", "\u{0}"),
    ] {
        let _ = parse(&example.replace(from, to), Path::new(""));
    }
}
