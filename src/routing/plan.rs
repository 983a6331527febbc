//! The attempts of one request, in order.

use crate::config::runtime::{Model, Target};
use crate::policies::auth::Key;

/// The targets that a request may be tried on: each of the model's once, in the order of the
/// configuration. A target that is there because the model falls back to another model is
/// skipped where the key may not use that other one.
pub fn plan<'m>(model: &'m Model, key: &Key) -> Vec<&'m Target> {
    let allowed = |target: &&Target| target.via.as_deref().is_none_or(|via| key.may_use(via));
    model.targets.iter().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(provider: &str, via: Option<&str>) -> Target {
        Target {
            provider: provider.into(),
            model: "m".into(),
            via: via.map(Into::into),
        }
    }

    #[test]
    fn a_fallback_model_that_the_key_may_not_use_is_left_out() {
        let model = Model {
            name: "cheap".into(),
            aliases: vec![],
            targets: vec![
                target("a", None),
                target("b", Some("dear")),
                target("c", None),
            ],
            timeouts: "default".into(),
        };
        let names = |key: &Key| -> Vec<String> {
            plan(&model, key)
                .iter()
                .map(|t| t.provider.clone())
                .collect()
        };
        assert_eq!(names(&Key::default()), ["a", "b", "c"]);
        let limited = Key {
            models: Some(vec!["cheap".into()]),
            ..Key::default()
        };
        assert_eq!(names(&limited), ["a", "c"]);
    }
}
