//! What is found, held against what the crate itself would charge.

use tidegate::chat::Usage as Used;

use super::*;

/// 2026-11-25.
const DAY: u64 = 1_795_564_800;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn known(vendor: &str, model: &str) -> Known {
    find(Vendor::Id(vendor), model, at(DAY)).unwrap()
}

/// What the crate says itself, in pico-dollars.
fn asked(vendor: &str, model: &str, size: u64, kinds: &[&'static str]) -> f64 {
    let mut usage = vec![("input_tokens", size), ("output_tokens", 1000)];
    usage.extend(kinds.iter().map(|kind| (*kind, size)));
    let model = Model {
        vendor: Vendor::Id(vendor),
        model,
        at: at(DAY),
        context: None,
    };
    model.ask(&usage).unwrap().total_price * 1e12
}

#[test]
fn what_is_found_is_what_the_crate_would_charge_for_any_size() {
    let mut seen = 0;
    for vendor in ["anthropic", "openai", "google", "x-ai"] {
        let vendors = Calculator::bundled()
            .find_provider(Some(vendor), None)
            .unwrap();
        for model in vendors.unwrap().models() {
            let Some(found) = find(Vendor::Id(vendor), model.id(), at(DAY)) else {
                continue;
            };
            for size in [
                1, 999, 128_000, 128_001, 199_999, 200_000, 200_001, 272_000, 272_001, 1_000_000,
            ] {
                let used = Used {
                    input: size,
                    output: 1000,
                    ..Used::default()
                };
                let cached = Used {
                    cache_read: size,
                    output: 1000,
                    ..Used::default()
                };
                for (used, kinds) in [(used, &[][..]), (cached, &["cache_read_tokens"][..])] {
                    let ours = found
                        .price
                        .cost(&used, None)
                        .to_string()
                        .parse::<f64>()
                        .unwrap();
                    let theirs = asked(vendor, model.id(), size, kinds);
                    // Half a pico-dollar a token is what rounding may change.
                    let tolerance = double(size + 1000) / 2.0 + theirs * 1e-12;
                    assert!(
                        (ours - theirs).abs() <= tolerance,
                        "{vendor}/{}: {size} {kinds:?}: {ours} {theirs}",
                        model.id()
                    );
                }
            }
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}

#[test]
fn a_price_that_changes_with_the_size_has_a_tier_from_the_very_token() {
    let found = known("anthropic", "claude-sonnet-4-5");
    let above: Vec<_> = found.price.tiers.iter().map(|tier| tier.above).collect();
    assert_eq!(above, [0, 200_000]);
    let first = found.price.tiers[0];
    assert_eq!((first.input, first.output), (3_000_000, 15_000_000));
    assert_eq!(
        (first.cache_read, first.cache_write_5m, first.cache_write_1h),
        (300_000, 3_750_000, 6_000_000)
    );
}

#[test]
fn service_tiers_are_factors() {
    let found = known("openai", "gpt-5");
    let tiers: Vec<_> = found
        .price
        .service_tiers
        .iter()
        .map(|(name, factor)| (name.as_str(), *factor))
        .collect();
    assert_eq!(
        tiers,
        [
            ("flex", 500),
            ("priority", 2000),
            ("fast", 2000),
            ("batch", 500)
        ]
    );
}

#[test]
fn a_price_that_changes_with_the_hour_is_the_dearest() {
    let mut changing = 0;
    let vendor = Calculator::bundled()
        .find_provider(Some("deepseek"), None)
        .unwrap();
    for model in vendor.unwrap().models() {
        let prices: Vec<_> = (0..24)
            .map(|hour| {
                let model = Model {
                    vendor: Vendor::Id("deepseek"),
                    model: model.id(),
                    at: at(DAY + hour * 3600 + 1),
                    context: None,
                };
                model.marks(1)
            })
            .collect();
        let found = find(Vendor::Id("deepseek"), model.id(), at(DAY + 43_200)).unwrap();
        let first = found.price.tiers[0];
        assert!(
            prices
                .iter()
                .all(|[input, output]| *input <= first.input && *output <= first.output)
        );
        changing += usize::from(prices.iter().any(|marks| *marks != prices[0]));
    }
    assert!(changing > 0);
}

#[test]
fn what_is_not_known_or_costs_nothing_has_no_price() {
    assert_eq!(find(Vendor::Id("openai"), "nobody-knows", at(DAY)), None);
    assert_eq!(
        find(Vendor::Url("http://127.0.0.1:8000/v1"), "gpt-4o", at(DAY)),
        None
    );
    assert_eq!(
        find(
            Vendor::Id("openrouter"),
            "deepseek/deepseek-chat-v3.1:free",
            at(DAY)
        ),
        None
    );
}

#[test]
fn a_vendor_is_known_by_its_address() {
    let found = find(
        Vendor::Url("https://api.moonshot.ai/v1"),
        "kimi-k2-0905-preview",
        at(DAY),
    );
    assert_eq!(found.unwrap().entry, "moonshotai/kimi-k2-0905-preview");
}
