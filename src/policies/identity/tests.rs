use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::auth::{AddedKeys, KeyRing, authenticate};
use super::super::claims::tests::metadata;
use super::*;
use crate::clock::Timestamp;
use crate::config::runtime::{Auth, VirtualKey};
use crate::headers::Headers;

/// What Envoy knows of a connection and a request.
#[derive(Default)]
struct Known {
    metadata: Option<Value>,
    uri: Option<&'static str>,
    dns: Option<&'static str>,
    asked: RefCell<Vec<String>>,
}

impl Known {
    fn answer(&self, path: &str) -> Option<Vec<u8>> {
        let path = path.replace('\0', ".");
        self.asked.borrow_mut().push(path.clone());
        match path.as_str() {
            "metadata" => {
                let metadata_of = |json| metadata(TOKEN_FILTER, json);
                self.metadata.as_ref().map(metadata_of)
            }
            "connection.uri_san_peer_certificate" => self.uri.map(|uri| uri.as_bytes().to_vec()),
            "connection.dns_san_peer_certificate" => self.dns.map(|dns| dns.as_bytes().to_vec()),
            _ => None,
        }
    }
}

fn token(issuer: &str, claims: Value) -> Option<TokenRule> {
    Some(TokenRule {
        issuer: issuer.to_owned(),
        claims: serde_json::from_value::<BTreeMap<_, _>>(claims).unwrap(),
    })
}

fn key(id: &str) -> VirtualKey {
    VirtualKey {
        id: id.to_owned(),
        ..VirtualKey::default()
    }
}

fn keys() -> Vec<VirtualKey> {
    let virtual_key = VirtualKey {
        sha256: Some(super::super::auth::fingerprint("tg-secret")),
        ..key("virtual")
    };
    let service = VirtualKey {
        token: token("corporate", json!({"sub": "svc"})),
        ..key("service")
    };
    let group = VirtualKey {
        token: token("corporate", json!({"groups": ["ml"]})),
        ..key("group")
    };
    let partner = VirtualKey {
        token: token("partner", json!({"sub": "svc"})),
        expires: Some(100),
        ..key("partner")
    };
    let billing = VirtualKey {
        certificate: Some(CertificateRule::Uri("spiffe://acme/billing".to_owned())),
        ..key("billing")
    };
    let host = VirtualKey {
        certificate: Some(CertificateRule::Dns("Batch.acme.internal".to_owned())),
        ..key("batch")
    };
    vec![virtual_key, service, group, partner, billing, host]
}

fn enter_with(keys: Vec<VirtualKey>, bearer: Option<&str>, known: &Known) -> Result<String, Error> {
    let ring = KeyRing::compile(Auth::Keys(keys), &[]).unwrap();
    let mut headers = Headers::default();
    if let Some(bearer) = bearer {
        headers.push("authorization", format!("Bearer {bearer}"));
    }
    let now = Timestamp(100_000_000_000);
    let attribute = |path: &str| known.answer(path);
    let key = authenticate(&ring, &AddedKeys::default(), &headers, now, &attribute)?;
    Ok(key.id.clone())
}

fn enter(bearer: Option<&str>, known: &Known) -> Result<String, String> {
    enter_with(keys(), bearer, known).map_err(|error| {
        assert_eq!(error.status, 401, "{error:?}");
        format!("{}: {}", error.code.unwrap_or_default(), error.message)
    })
}

fn claims(metadata: Value) -> Known {
    Known {
        metadata: Some(metadata),
        ..Known::default()
    }
}

const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzdmMifQ.c2lnbmF0dXJl";

#[test]
fn a_verified_token_is_the_first_key_that_its_claims_fit() {
    let service = claims(json!({"corporate": {"sub": "svc", "groups": ["ml"]}}));
    assert_eq!(enter(None, &service).as_deref(), Ok("service"));
    let member = claims(json!({"corporate": {"sub": "ada", "groups": ["other", "ml"]}}));
    assert_eq!(enter(None, &member).as_deref(), Ok("group"));
}

#[test]
fn the_order_of_the_file_decides_whatever_the_rules_name() {
    let by_claims = |id: &str, claims| VirtualKey {
        token: token("corporate", claims),
        ..key(id)
    };
    let rules = [
        by_claims("text", json!({"sub": "ada"})),
        by_claims("list", json!({"groups": ["ml"]})),
        by_claims("both", json!({"sub": "ada", "groups": ["ml"]})),
        by_claims("other text", json!({"azp": "app", "sub": "ada"})),
    ];
    let known = claims(json!({"corporate": {"sub": "ada", "azp": "app", "groups": ["ml"]}}));
    for first in 0..rules.len() {
        let mut keys = rules.to_vec();
        keys.rotate_left(first);
        let expected = keys[0].id.clone();
        assert_eq!(enter_with(keys, None, &known).unwrap(), expected);
    }
    let other = claims(json!({"corporate": {"sub": "ada", "azp": "other", "groups": []}}));
    let late = rules.into_iter().rev().collect();
    assert_eq!(enter_with(late, None, &other).unwrap(), "text");
}

#[test]
fn a_claim_counts_for_its_own_issuer_only() {
    let refused = enter(None, &claims(json!({"other": {"sub": "svc"}}))).unwrap_err();
    assert!(refused.contains("Nothing says who you are"), "{refused}");
    let mine = enter(None, &claims(json!({"partner": {"sub": "svc"}}))).unwrap_err();
    assert!(mine.contains("`partner` has expired"), "{mine}");
}

#[test]
fn a_good_token_without_a_key_is_refused_whatever_certificate_the_connection_has() {
    let known = Known {
        uri: Some("spiffe://acme/billing"),
        ..claims(json!({"corporate": {"sub": "nobody"}}))
    };
    let refused = enter(None, &known).unwrap_err();
    assert!(
        refused.starts_with("unknown_identity: The token is good"),
        "{refused}"
    );
}

#[test]
fn a_certificate_counts_where_nothing_else_is_shown() {
    let by_uri = |uri| Known {
        uri: Some(uri),
        ..claims(json!({"corporate/failed": {"code": 1, "message": "Jwt is missing"}}))
    };
    assert_eq!(
        enter(None, &by_uri("spiffe://acme/billing")).as_deref(),
        Ok("billing")
    );
    assert!(enter(None, &by_uri("spiffe://acme/Billing")).is_err());
    assert!(enter(None, &by_uri("spiffe://acme/billing/more")).is_err());
    let by_name = Known {
        uri: Some("spiffe://acme/other"),
        dns: Some("batch.ACME.internal"),
        ..Known::default()
    };
    assert_eq!(enter(None, &by_name).as_deref(), Ok("batch"));
    let known = by_uri("spiffe://acme/billing");
    assert_eq!(enter(Some("certificate"), &known).as_deref(), Ok("billing"));
    assert!(enter(Some("certificate"), &Known::default()).is_err());
    let wrong_key = enter(
        Some("tg-wrong-but-long-enough"),
        &by_uri("spiffe://acme/billing"),
    );
    assert!(wrong_key.unwrap_err().starts_with("invalid_api_key"));
}

#[test]
fn a_certificate_without_a_key_is_told_so() {
    let known = Known {
        uri: Some("spiffe://acme/unknown"),
        ..Known::default()
    };
    let refused = enter(None, &known).unwrap_err();
    assert!(
        refused.starts_with("unknown_identity: The client certificate"),
        "{refused}"
    );
}

#[test]
fn a_known_key_asks_envoy_for_nothing() {
    let known = claims(json!({"corporate": {"sub": "svc"}}));
    assert_eq!(enter(Some("tg-secret"), &known).as_deref(), Ok("virtual"));
    assert!(known.asked.borrow().is_empty());
}

#[test]
fn envoy_is_asked_only_for_what_a_key_is_known_by() {
    let only = |id: &str| keys().into_iter().filter(|key| key.id == id).collect();
    let asked = |keys, bearer| {
        let known = Known::default();
        assert!(enter_with(keys, bearer, &known).is_err());
        known.asked.take()
    };
    assert_eq!(asked(only("virtual"), None), [""; 0]);
    assert_eq!(
        asked(only("billing"), None),
        ["connection.uri_san_peer_certificate"]
    );
    assert_eq!(asked(only("billing"), Some(TOKEN)), [""; 0]);
    assert_eq!(asked(only("service"), Some("tg-wrong")), [""; 0]);
}

#[test]
fn a_refused_token_is_told_why_and_never_repeated() {
    let failed = |corporate: &str, partner: &str| {
        claims(json!({
            "corporate/failed": {"code": 9, "message": corporate},
            "partner/failed": {"code": 9, "message": partner},
        }))
    };
    let foreign = "Jwt issuer is not configured";
    for (message, told) in [
        ("Jwt is expired", "has expired"),
        ("Jwt not yet valid", "not valid yet"),
        ("Audiences in Jwt are not allowed", "not for this gateway"),
        ("Jwt verification fails", "signature"),
        (
            "Jwks doesn't have key to match kid or alg from Jwt",
            "signature",
        ),
        ("something else", "cannot be verified"),
        (foreign, "does not know"),
    ] {
        for known in [failed(message, foreign), failed(foreign, message)] {
            let refused = enter(Some(TOKEN), &known).unwrap_err();
            assert!(refused.starts_with("invalid_token"), "{refused}");
            assert!(refused.contains(told), "{message}: {refused}");
            assert!(!refused.contains("eyJ"), "{refused}");
        }
    }
    let untold = enter(Some(TOKEN), &Known::default()).unwrap_err();
    assert!(untold.contains("cannot be verified"), "{untold}");
}

#[test]
fn keys_of_an_issuer_that_are_not_to_be_had_are_not_the_clients_fault() {
    let message = "Jwks remote fetch is failed";
    let known = claims(json!({"corporate/failed": {"code": 43, "message": message}}));
    let error = enter_with(keys(), Some(TOKEN), &known).unwrap_err();
    assert_eq!(error.status, 503);
}

#[test]
fn a_failure_is_never_taken_for_claims() {
    let rule = token("corporate", json!({"message": "Jwt is expired"}));
    let trap = VirtualKey {
        token: rule,
        ..key("trap")
    };
    let known = claims(json!({"corporate/failed": {"message": "Jwt is expired"}}));
    assert!(enter_with(vec![trap], None, &known).is_err());
}
