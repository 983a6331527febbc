//! Scripts and the journal, over `/_simulate/`.

use serde_json::json;

use crate::client::Simulator;
use crate::{chat, message, streamed};

#[test]
fn a_script_is_replaced_and_removed() {
    let simulator = Simulator::with_script("- status: 500\n- {status: 503, repeat: true}\n");
    let status = || simulator.ask(&[], &chat(&json!({}))).status();
    assert_eq!([status(), status(), status()], [500, 503, 503]);
    let answer = simulator.send("DELETE", "/_simulate/script", &[], b"");
    assert_eq!(answer.json(), json!({"steps": 0}));
    assert_eq!(status(), 200);
}

#[test]
fn a_script_with_a_mistake_is_refused_and_the_old_one_stays() {
    let simulator = Simulator::with_script(r#"[{"status": 500, "repeat": true}]"#);
    for (script, complaint) in [
        ("[{\"hang\": \"now\"}]", "steps[0]: "),
        (
            "[{}, {\"statuses\": 5}]",
            "steps[1]: unknown field `statuses`",
        ),
        ("[{\"status\": 99}]", "`status` is 200 to 599"),
        ("[{\"headers\": {\"a b\": \"c\"}}]", "`headers`"),
        ("[{\"raw\": \"a\", \"body\": \"b\"}]", "only one of"),
        ("5", "a list of steps"),
        ("- [", "line "),
    ] {
        let answer = simulator.send("PUT", "/_simulate/script", &[], script.as_bytes());
        assert_eq!(answer.status(), 400, "{script}");
        let why = answer.json()["simulate_error"].as_str().unwrap().to_owned();
        assert!(why.contains(complaint), "{script}: {why}");
    }
    assert_eq!(simulator.ask(&[], &chat(&json!({}))).status(), 500);
}

#[test]
fn a_mistake_in_a_header_is_named() {
    let answer = Simulator::openai().ask(&["x-simulate-delay: 5"], &chat(&json!({})));
    assert_eq!(answer.status(), 400);
    assert!(answer.text().contains("unknown field `delay`"));
}

#[test]
fn a_script_reads_from_a_file() {
    let path = std::env::temp_dir().join(format!("tidegate-steps-{}.yaml", std::process::id()));
    std::fs::write(&path, "steps:\n  - status: 418\n    body: I am a teapot\n").unwrap();
    let simulator = Simulator::start(&["--script", path.to_str().unwrap(), "--name", "pot"]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        simulator.ask(&[], &chat(&json!({}))).text(),
        "I am a teapot"
    );
    assert_eq!(simulator.control("stats")["name"], "pot");
}

#[test]
fn a_script_can_change_what_is_said() {
    let answer = Simulator::openai().ask(&["x-simulate-finish: content_filter"], &chat(&json!({})));
    assert_eq!(
        answer.json()["choices"][0]["finish_reason"],
        "content_filter"
    );
    let simulator = Simulator::anthropic();
    let mut request = message(false);
    request["max_tokens"] = json!(4000);
    request["thinking"] = json!({"type": "enabled", "budget_tokens": 2000});
    let headers = [
        "x-simulate-redacted-thinking: true",
        "x-simulate-finish: pause_turn",
    ];
    let answer = simulator.ask(&headers, &request).json();
    assert_eq!(answer["stop_reason"], "pause_turn");
    assert_eq!(answer["content"][0]["type"], "redacted_thinking");
    request["messages"] = json!([
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": answer["content"]},
        {"role": "user", "content": "Go on"}]);
    assert_eq!(simulator.ask(&[], &request).status(), 200);
    request["stream"] = json!(true);
    assert!(
        simulator
            .ask(&headers, &request)
            .text()
            .contains("\"type\":\"redacted_thinking\"")
    );
}

#[test]
fn requests_are_written_down_as_they_came() {
    let simulator = Simulator::openai();
    simulator.ask(&["X-Odd: a", "x-odd: b"], &streamed());
    let entry = simulator.last_request();
    assert_eq!(entry["method"], "POST");
    assert_eq!(entry["path"], "/v1/chat/completions");
    let odd: Vec<_> = entry["headers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|header| header[0] == "x-odd")
        .collect();
    assert_eq!(odd, [&json!(["x-odd", "a"]), &json!(["x-odd", "b"])]);
    assert_eq!(entry["body"]["text"], streamed().to_string());
    assert_eq!(
        (&entry["status"], &entry["disconnected"]),
        (&json!(200), &json!(false))
    );
    assert!(entry["events_sent"].as_u64() > Some(3));
    simulator.send("DELETE", "/_simulate/requests", &[], b"");
    assert_eq!(simulator.control("requests"), json!([]));
}

#[test]
fn long_bodies_are_written_down_by_their_hash_and_others_in_base64() {
    let simulator = Simulator::openai();
    simulator.send("POST", "/v1/chat/completions", &[], &vec![b'a'; 70_000]);
    let body = simulator.last_request()["body"].clone();
    assert_eq!(body["length"], 70_000);
    assert_eq!(body["beginning"].as_str().unwrap().len(), 1024);
    assert_eq!(body["sha256"].as_str().unwrap().len(), 64);
    simulator.send("POST", "/v1/chat/completions", &[], &[0xFF, 0xFE]);
    assert_eq!(
        simulator.last_request()["body"],
        json!({"length": 2, "base64": "//4="})
    );
}

#[test]
fn the_journal_is_bounded() {
    let simulator = Simulator::openai();
    for _ in 0..1_005 {
        simulator.send("POST", "/v1/nowhere", &[], b"");
    }
    assert_eq!(
        simulator.control("requests").as_array().unwrap().len(),
        1_000
    );
    assert_eq!(simulator.control("stats")["total"], 1_005);
}

#[test]
fn tokens_are_added_up() {
    let simulator = Simulator::openai();
    let usage = simulator.ask(&[], &chat(&json!({}))).json()["usage"].clone();
    simulator.ask(&[], &streamed());
    let stats = simulator.control("stats");
    assert_eq!(
        stats["prompt_tokens"],
        2 * usage["prompt_tokens"].as_u64().unwrap()
    );
    assert_eq!(
        stats["completion_tokens"],
        2 * usage["completion_tokens"].as_u64().unwrap()
    );
}

#[test]
fn other_control_paths_are_not_found() {
    let answer = Simulator::openai().send("GET", "/_simulate/elsewhere", &[], b"");
    assert_eq!(answer.status(), 404);
}
