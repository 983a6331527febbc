//! Which models there are and what each of them does.
//!
//! Source: the vendor's model pages and errors that users quote, checked 2026-11-21.

use serde_json::{Value, json};

use crate::simulate::vendor::Models;

/// What a model does, as far as requests can ask for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// Levels of `reasoning_effort`; none for a model that does not reason.
    pub(super) efforts: &'static [&'static str],
    /// Function tools and reasoning together.
    pub(super) tools_with_effort: bool,
}

impl Model {
    pub(super) fn reasons(&self) -> bool {
        !self.efforts.is_empty()
    }
}

const PLAIN: Model = Model {
    name: "",
    efforts: &[],
    tools_with_effort: true,
};
const O_SERIES: Model = Model {
    efforts: &["low", "medium", "high"],
    ..PLAIN
};
const GPT_5: Model = Model {
    efforts: &["minimal", "low", "medium", "high"],
    ..PLAIN
};
const GPT_5_1: Model = Model {
    efforts: &["none", "low", "medium", "high"],
    ..PLAIN
};
const GPT_5_2: Model = Model {
    efforts: &["none", "low", "medium", "high", "xhigh"],
    ..PLAIN
};
const GPT_5_4: Model = Model {
    tools_with_effort: false,
    ..GPT_5_2
};

const KNOWN: &[Model] = &[
    Model {
        name: "gpt-4o",
        ..PLAIN
    },
    Model {
        name: "gpt-4o-mini",
        ..PLAIN
    },
    Model {
        name: "gpt-4.1",
        ..PLAIN
    },
    Model {
        name: "gpt-4.1-mini",
        ..PLAIN
    },
    Model {
        name: "gpt-4.1-nano",
        ..PLAIN
    },
    Model {
        name: "gpt-5",
        ..GPT_5
    },
    Model {
        name: "gpt-5-mini",
        ..GPT_5
    },
    Model {
        name: "gpt-5-nano",
        ..GPT_5
    },
    Model {
        name: "gpt-5.1",
        ..GPT_5_1
    },
    Model {
        name: "gpt-5.2",
        ..GPT_5_2
    },
    Model {
        name: "gpt-5.4",
        ..GPT_5_4
    },
    Model {
        name: "gpt-5.4-mini",
        ..GPT_5_4
    },
    Model {
        name: "gpt-5.6",
        ..GPT_5_4
    },
    Model {
        name: "o3",
        ..O_SERIES
    },
    Model {
        name: "o3-mini",
        ..O_SERIES
    },
    Model {
        name: "o4-mini",
        ..O_SERIES
    },
];

pub(super) fn names(models: &Models) -> impl Iterator<Item = &str> {
    let extra = models.extra.iter().map(String::as_str);
    let known = KNOWN.iter().map(|model| model.name);
    known.chain(extra.filter(|name| *name != "*"))
}

pub(super) fn exists(name: &str, models: &Models) -> bool {
    find(name).is_some() || models.allow(name)
}

/// The vendor's model of a name, which may end in a date (`-2025-08-07`).
pub(super) fn find(name: &str) -> Option<&'static Model> {
    KNOWN.iter().find(|model| {
        let rest = name.strip_prefix(model.name);
        rest.is_some_and(|rest| rest.is_empty() || is_date(rest))
    })
}

fn is_date(text: &str) -> bool {
    let pattern = text.chars().map(|letter| match letter.is_ascii_digit() {
        true => '0',
        false => letter,
    });
    pattern.eq("-0000-00-00".chars())
}

pub(super) fn describe(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"})
}
