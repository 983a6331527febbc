use super::*;

fn ring() -> KeyRing {
    let sha256 = Sha256::digest(b"tg-secret")
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    KeyRing::compile(
        Auth::Keys(vec![VirtualKey {
            id: "dev".into(),
            sha256: Some(sha256),
            team: Some("research".into()),
            models: Some(vec!["smart".into()]),
            ..VirtualKey::default()
        }]),
        &[],
    )
    .unwrap()
}

fn enter(ring: &KeyRing, headers: &Headers) -> Result<Rc<Key>, Error> {
    authenticate(
        ring,
        &AddedKeys::default(),
        headers,
        Timestamp::default(),
        &nothing,
    )
}

/// An Envoy that is asked although no key is known in another way.
fn nothing(attribute: &str) -> Option<Vec<u8>> {
    panic!("it was asked for {attribute}")
}

fn with(name: &str, value: impl AsRef<[u8]>) -> Headers {
    let mut headers = Headers::default();
    headers.push(name, value);
    headers
}

#[test]
fn a_key_is_accepted_in_each_of_the_usual_headers() {
    for (name, value) in [
        ("authorization", "Bearer tg-secret"),
        ("authorization", "bearer  tg-secret"),
        ("x-api-key", "tg-secret"),
        ("api-key", "tg-secret"),
    ] {
        assert_eq!(
            enter(&ring(), &with(name, value)).unwrap().id,
            "dev",
            "{name}"
        );
    }
}

#[test]
fn a_wrong_key_is_refused_without_being_repeated() {
    let error = enter(&ring(), &with("x-api-key", "tg-a-very-secret-one")).unwrap_err();
    assert_eq!(
        (error.status, error.code.as_deref()),
        (401, Some("invalid_api_key"))
    );
    assert!(!error.message.contains("very-secret"), "{}", error.message);
}

#[test]
fn no_key_empty_keys_and_binary_keys_are_refused() {
    for headers in [
        Headers::default(),
        with("authorization", "Bearer "),
        with("authorization", "Basic dGc6"),
        with("x-api-key", [0xff; 40]),
    ] {
        assert_eq!(enter(&ring(), &headers).unwrap_err().status, 401);
    }
}

#[test]
fn without_authentication_everybody_is_let_in_and_may_use_all() {
    let open = KeyRing::compile(Auth::None, &[]).unwrap();
    assert!(
        enter(&open, &Headers::default())
            .unwrap()
            .may_use("anything")
    );
}

#[test]
fn a_key_may_use_its_models_only() {
    let ring = ring();
    let key = enter(&ring, &with("api-key", "tg-secret")).unwrap();
    assert!(key.may_use("smart") && !key.may_use("other"));
}

#[test]
fn a_key_that_was_made_meanwhile_is_known_until_it_ends() {
    let sha256 = Sha256::digest(b"tg-later")
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let key = VirtualKey {
        id: "later".into(),
        sha256: Some(sha256),
        expires: Some(100),
        ..VirtualKey::default()
    };
    let added = AddedKeys::default();
    let headers = with("api-key", "tg-later");
    let at = |seconds: u64| {
        let now = Timestamp(seconds * 1_000_000_000);
        authenticate(&ring(), &added, &headers, now, &nothing).map(|key| key.id.clone())
    };
    assert_eq!(at(1).unwrap_err().status, 401);
    added.replace(1, vec![key], &[]).unwrap();
    assert_eq!(at(99).unwrap(), "later");
    assert!(at(100).unwrap_err().message.contains("expired"));
    added.replace(2, vec![], &[]).unwrap();
    assert_eq!(at(1).unwrap_err().status, 401);
    assert_eq!(added.version(), 2);
}
