//! What a request has cost, told beside its token counts.

use std::sync::Arc;

use tidegate::pricing::{Bill, Price, Tier};
use tidegate::providers::openai_compatible::{AnswerOptions, ClientUsage, one_shot};

use crate::golden::streams;
use crate::{pass, pass_with, preset};

/// A bill on which each kind of token shows.
pub(crate) fn bill() -> Bill {
    let tier = Tier {
        input: 2_000_003,
        cache_read: 500_009,
        cache_write_5m: 3_000_017,
        output: 11_000_027,
        ..Tier::default()
    };
    let price = Price {
        tiers: vec![tier],
        request: 0,
        service_tiers: vec![("flex".into(), 500)],
    };
    Bill {
        before: 70_000_000_000,
        price: Arc::new(price),
    }
}

pub(crate) fn billed(kind: &str, usage: ClientUsage) -> AnswerOptions {
    AnswerOptions {
        bill: Some(bill()),
        ..AnswerOptions::new(preset(kind), usage)
    }
}

/// What the events of a stream say, whatever ends their lines.
fn data(stream: &str) -> Vec<&str> {
    let lines = stream.split(['\r', '\n']).filter(|line| !line.is_empty());
    let said = lines.map(|line| line.strip_prefix("data:").unwrap_or(line));
    said.map(str::trim_start).collect()
}

#[test]
fn nothing_but_the_cost_is_added_to_a_stream() {
    let mut told = 0;
    for (kind, name, stream) in streams() {
        for usage in [ClientUsage::AtEnd, ClientUsage::AsSent, ClientUsage::Hidden] {
            let (plain, observed) = pass(kind, usage, [stream.as_slice()]);
            let (with_cost, _) = pass_with(kind, billed(kind, usage), [stream.as_slice()]);
            let Some(counts) = observed.usage.filter(|_| usage != ClientUsage::Hidden) else {
                assert!(with_cost == plain, "{name}");
                continue;
            };
            let cost = bill().dollars(&counts, observed.service_tier.as_deref());
            let member = format!(",\"cost\":{cost}");
            let with_cost = String::from_utf8(with_cost).unwrap();
            assert!(with_cost.matches(&member).count() <= 1, "{name}");
            told += with_cost.matches(&member).count();
            if !String::from_utf8_lossy(&stream).contains("\"cost\"") {
                let plain = String::from_utf8(plain).unwrap();
                assert_eq!(
                    data(&with_cost.replace(&member, "")),
                    data(&plain),
                    "{name}"
                );
            }
        }
    }
    assert!(told > 20, "{told}");
}

#[test]
fn the_vendors_own_cost_gives_way() {
    let stream = b"data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n\
        data: {\"id\":\"a\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"cost\":7,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n";
    let options = billed("openai_compatible", ClientUsage::AtEnd);
    let (client, _) = pass_with("openai_compatible", options, [&stream[..]]);
    let client = String::from_utf8(client).unwrap();
    let expected = "{\"prompt_tokens\":1,\"cost\":0.07001300003,\"completion_tokens\":1}";
    assert!(client.contains(expected), "{client}");
}

#[test]
fn a_whole_answer_that_is_told_as_a_stream_tells_its_cost() {
    let body =
        br#"{"id":"a","object":"chat.completion","created":1,"model":"m","service_tier":"flex",
        "choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":2,"completion_tokens":2,"total_tokens":4}}"#;
    let options = billed("openai", ClientUsage::AtEnd);
    let told = one_shot(preset("openai"), body, &options).unwrap();
    let told = String::from_utf8(told.body.unwrap()).unwrap();
    assert!(told.contains(",\"cost\":0.07001300003}"), "{told}");
}
