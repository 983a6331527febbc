//! How targets are chosen, and what is made of their failures.

use serde::{Deserialize, Serialize};

/// In which order a model's targets are tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The order of the configuration.
    #[default]
    Priority,
    /// Each target first for its share of the requests.
    Weighted,
    /// What the request is expected to cost, by the targets' prices.
    Cheapest,
    /// How long the targets have lately taken: to the first token of a stream, to the end of a whole
    /// answer.
    Fastest,
    /// How many requests are under way, for the target's weight.
    LeastBusy,
    /// The same conversation to the same target, whose prompt cache knows its beginning.
    Affinity,
}

impl Strategy {
    /// Its name in configurations, headers and logs.
    pub fn name(self) -> &'static str {
        let found = STRATEGIES.iter().find(|(_, strategy)| *strategy == self);
        found.map_or("priority", |(name, _)| name)
    }
}

/// All strategies by their names.
pub const STRATEGIES: &[(&str, Strategy)] = &[
    ("priority", Strategy::Priority),
    ("weighted", Strategy::Weighted),
    ("cheapest", Strategy::Cheapest),
    ("fastest", Strategy::Fastest),
    ("least_busy", Strategy::LeastBusy),
    ("affinity", Strategy::Affinity),
];

/// Whose requests stay with the arm that was drawn for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sticky {
    /// All requests of one virtual key.
    Key,
    /// All requests with the same `user` or `safety_identifier`.
    User,
    /// All requests with the same value of this header.
    Header(String),
}

/// A set of named things, of which there are at most eight.
macro_rules! set_of_names {
    ($(#[$doc:meta])* $set:ident of $(#[$item_doc:meta])* $item:ident { $($(#[$variant_doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$item_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $item { $($(#[$variant_doc])* $variant,)* }

        impl $item {
            /// All of them by their names.
            pub const ALL: &'static [(&'static str, Self)] = &[$(($name, Self::$variant),)*];

            /// Its name in configurations and logs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }

        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "Vec<String>", into = "Vec<&'static str>")]
        pub struct $set(u8);

        impl $set {
            /// None of them.
            pub const NONE: Self = Self(0);

            /// The same with this one.
            #[must_use]
            pub fn with(self, item: $item) -> Self {
                Self(self.0 | 1 << item as u8)
            }

            /// Whether this one is in it.
            pub fn has(self, item: $item) -> bool {
                self.0 & (1 << item as u8) != 0
            }

            /// Whether there is none in it.
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Those that are in this one and in the other.
            #[must_use]
            pub fn and(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// Those that are in this one but not in the other.
            #[must_use]
            pub fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Those that are in it.
            pub fn iter(self) -> impl Iterator<Item = $item> {
                let all = $item::ALL.iter().map(|(_, item)| *item);
                all.filter(move |item| self.has(*item))
            }
        }

        impl FromIterator<$item> for $set {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                items.into_iter().fold(Self::NONE, Self::with)
            }
        }

        impl From<Vec<String>> for $set {
            /// A name that is not known counts for nothing: the `tidegate` command checks names.
            fn from(names: Vec<String>) -> Self {
                let known = |name: &String| {
                    let found = $item::ALL.iter().find(|(known, _)| known == name);
                    found.map(|(_, item)| *item)
                };
                names.iter().filter_map(known).collect()
            }
        }

        impl From<$set> for Vec<&'static str> {
            fn from(set: $set) -> Self {
                set.iter().map($item::name).collect()
            }
        }
    };
}

set_of_names! {
    /// Reasons why a request goes on to another target.
    Causes of
    /// A reason why a request goes on to another target.
    Cause {
        /// The provider failed, or refuses the gateway's credential or the model.
        Error = "error",
        /// The provider has no room for now: 429, 529.
        RateLimit = "rate_limit",
        /// No answer came, or not in time: no connection, one that was reset, no first token.
        Timeout = "timeout",
        /// The prompt does not fit into the model's context.
        ContextLength = "context_length",
        /// The provider's moderation refuses the prompt, or its answer.
        ContentPolicy = "content_policy",
        /// The target has no way to do what is asked.
        Unsupported = "unsupported",
    }
}

impl Causes {
    /// What opens a fallback that is not told for which causes it is: all but moderation, because
    /// asking another model what one has refused must be the operator's wish.
    pub fn usual() -> Self {
        let all = Cause::ALL.iter().map(|(_, cause)| *cause);
        all.filter(|cause| *cause != Cause::ContentPolicy).collect()
    }
}

set_of_names! {
    /// What a request needs of a target.
    Needs of
    /// Something that not every target can do.
    Need {
        /// Tools, or functions.
        Tools = "tools",
        /// Pictures in messages.
        Vision = "vision",
        /// An answer that follows a JSON schema.
        JsonSchema = "json_schema",
        /// A reasoning effort other than `none`.
        Reasoning = "reasoning",
    }
}

set_of_names! {
    /// Answers with status 200 that count as failures.
    Flaws of
    /// A kind of answer that came with status 200 and is of no use.
    Flaw {
        /// No text, no tool call, no refusal.
        Empty = "empty",
        /// The model, or its provider's filter, refuses.
        Refusal = "refusal",
        /// Arguments of a tool call that are no JSON object.
        MalformedToolCalls = "malformed_tool_calls",
        /// Text that is no JSON where a JSON format was asked for; whole answers only.
        InvalidJson = "invalid_json",
    }
}

/// Which requests a target is for. All that is said must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// Ids of virtual keys, one of which asks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// Teams, one of which the key belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// Headers of the client's with their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Members of the request's `metadata` with their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<(String, String)>,
    /// About more input tokens than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens_over: Option<u64>,
    /// About as many input tokens as this, or fewer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_tokens_up_to: Option<u64>,
    /// What the request needs.
    #[serde(skip_serializing_if = "is_none_needed")]
    pub needs: Needs,
}

fn is_none_needed(needs: &Needs) -> bool {
    needs.is_empty()
}

/// What is made of targets that fail, for all models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cooldowns {
    /// How many failures in a row make a target cool down; a provider that says "not now" or "not
    /// you" needs to say it once. 0: no target is ever left alone.
    pub failures: u32,
    /// The first cooldown, in milliseconds; each one that follows without a success between is twice
    /// as long.
    pub first_ms: u64,
    /// The longest cooldown, in milliseconds. What a provider asks for with `retry-after` may be
    /// longer.
    pub longest_ms: u64,
    /// What becomes of a request all of whose targets cool down.
    pub when_all_cool: WhenAllCool,
}

impl Cooldowns {
    /// No target is ever left alone.
    pub fn off() -> Self {
        Self {
            failures: 0,
            ..Self::default()
        }
    }
}

impl Default for Cooldowns {
    fn default() -> Self {
        Self {
            failures: 3,
            first_ms: 5_000,
            longest_ms: 60_000,
            when_all_cool: WhenAllCool::Try,
        }
    }
}

/// What becomes of a request all of whose targets cool down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAllCool {
    /// It tries the one that failed least recently; not one that has said when to come back.
    #[default]
    Try,
    /// It is refused, and told when to come back.
    Refuse,
}

/// Requests that wait while all targets that could serve them are full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The longest wait, in milliseconds.
    pub timeout_ms: u64,
    /// How many may wait at a time, in each worker.
    pub size: usize,
}
