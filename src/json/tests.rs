use std::borrow::Cow;

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::*;

fn check(text: &str) -> Result<(), Fault> {
    let mut reader = Reader::new(text.as_bytes())?;
    reader.skip()?;
    reader.end()
}

/// Reads any value by the typed methods only.
fn tree(reader: &mut Reader<'_>) -> Result<Value, Fault> {
    Ok(match reader.kind()? {
        Kind::Null => reader
            .optional(|_| Ok(()))?
            .map_or(Value::Null, |()| Value::Null),
        Kind::Boolean => reader.boolean()?.into(),
        Kind::Integer => match reader.clone().integer::<i64>() {
            Ok(_) => reader.integer::<i64>()?.into(),
            Err(_) => reader.number()?.into(),
        },
        Kind::Decimal => reader.number()?.into(),
        Kind::String => reader.string()?.into(),
        Kind::Array => {
            let mut elements = Vec::new();
            reader.array(|reader| {
                elements.push(tree(reader)?);
                Ok(())
            })?;
            elements.into()
        }
        Kind::Object => {
            let mut members = serde_json::Map::new();
            reader.object(|reader, name| {
                members.insert(name.text.clone().into_owned(), tree(reader)?);
                Ok(())
            })?;
            members.into()
        }
    })
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn nesting_is_bounded_as_in_serde_json() {
    for depth in [1, 126, 127, 128, 129, 100_000] {
        let text = nested(depth);
        let expected = serde_json::from_str::<Value>(&text).is_ok();
        assert_eq!(check(&text).is_ok(), expected, "{depth}");
        let read = tree(&mut Reader::new(text.as_bytes()).unwrap());
        assert_eq!(read.is_ok(), expected, "{depth}");
    }
    let mixed = format!("{}1{}", r#"{"a":["#.repeat(63), "]}".repeat(63));
    assert_eq!(check(&mixed), Ok(()));
}

#[test]
fn the_bound_counts_what_is_entered_and_what_is_skipped() {
    let text = format!(r#"{{"a":{}}}"#, nested(126));
    let skip_member = |text: &str| {
        Reader::new(text.as_bytes())
            .unwrap()
            .object(|reader, _| reader.skip())
    };
    assert_eq!(skip_member(&text), Ok(()));
    let text = format!(r#"{{"a":{}}}"#, nested(127));
    assert_eq!(skip_member(&text).unwrap_err().path, "a");
}

#[test]
fn faults_tell_line_and_column() {
    let text = "{\n  \"a\": 1,\n  \"b\" 2\n}";
    let fault = check(text).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Syntax("expected `:`"));
    assert_eq!(fault.position(text.as_bytes()), (3, 7));
    let error = serde_json::from_str::<Value>(text).unwrap_err();
    assert_eq!((error.line(), error.column()), (3, 7));
}

#[test]
fn faults_tell_the_path_of_the_value() {
    let text = br#"{"messages":[{"content":"a"},{"content":5}]}"#;
    let fault = Reader::new(text)
        .unwrap()
        .object(|reader, _| {
            reader.array(|reader| reader.object(|reader, _| reader.string().map(|_| ())))
        })
        .unwrap_err();
    assert_eq!(fault.path, "messages[1].content");
    let (expected, found) = ("a string", Kind::Integer);
    assert_eq!(fault.kind, FaultKind::Type { expected, found });
    assert_eq!(fault.offset, 40);
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    let fault = Reader::new(b"{\"a\":\"\xff\"}").unwrap_err();
    assert_eq!(fault.offset, 6);
}

#[test]
fn strings_are_borrowed_unless_they_have_escapes() {
    let read = |text: &'static str| Reader::new(text.as_bytes()).unwrap().string().unwrap();
    assert!(matches!(read(r#""é€""#), Cow::Borrowed("é€")));
    assert!(matches!(read(r#""""#), Cow::Borrowed("")));
    assert_eq!(read(r#""a\"\u20ac\ud83d\ude00\n""#), "a\"€😀\n");
    let lone = Reader::new(br#""\ud83d""#).unwrap().string();
    assert!(lone.is_err(), "half a surrogate pair is no text");
}

#[test]
fn numbers_are_read_as_what_they_are() {
    let reader = |text: &'static str| Reader::new(text.as_bytes()).unwrap();
    assert_eq!(reader("0").integer::<u64>(), Ok(0));
    assert_eq!(reader("-3").integer::<i64>(), Ok(-3));
    assert_eq!(reader("1e3").number(), Ok(1000.0));
    assert_eq!(reader("2").number(), Ok(2.0));
    assert!(reader("-3").integer::<u64>().is_err());
    assert!(reader("18446744073709551616").integer::<u64>().is_err());
    assert!(reader("1e999").number().is_err());
    let fault = reader("1.5").integer::<u64>().unwrap_err();
    let (expected, found) = ("an integer", Kind::Decimal);
    assert_eq!(fault.kind, FaultKind::Type { expected, found });
}

#[test]
fn a_member_fills_its_slot_once() {
    let fill = |text: &'static str| {
        let mut slot = Slot::default();
        Reader::new(text.as_bytes())
            .unwrap()
            .object(|reader, _| slot.fill(reader, Reader::integer::<u64>))
            .map(|()| slot.take())
    };
    assert_eq!(fill(r#"{"a":1}"#), Ok(Some(1)));
    assert_eq!(fill(r#"{"a":null}"#), Ok(None));
    for twice in [r#"{"a":1,"a":1}"#, r#"{"a":null,"a":1}"#] {
        let fault = fill(twice).unwrap_err();
        assert_eq!(
            (fault.kind.clone(), fault.path.as_str()),
            (FaultKind::Duplicate, "a")
        );
    }
}

#[test]
fn what_cannot_be_read_is_forgotten_as_a_whole() {
    let read = |text: &'static str| {
        let mut reader = Reader::new(text.as_bytes()).unwrap();
        let mut read = Vec::new();
        reader.array(|reader| {
            read.push(reader.attempt(|reader| {
                let mut sum = 0;
                reader.array(|reader| {
                    sum += reader.integer::<u64>()?;
                    Ok(())
                })?;
                Ok(sum)
            })?);
            Ok(())
        })?;
        reader.end().map(|()| read)
    };
    let text = r#"[[1,2], [3,"x",[{"a":[]}]], "y", [4]]"#;
    assert_eq!(read(text), Ok(vec![Some(3), None, None, Some(4)]));
    assert!(read(r#"[[1,"x"}]"#).is_err(), "it must still be JSON");
}

/// JSON with white space, escapes and all kinds of numbers, as text.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "12",
        "-7",
        "1.5",
        "0.25e-3",
        "2E+2",
        "1e5",
        "\"\"",
        "\"é€😀\"",
        r#""\u00e9\n\"\\\/""#,
        "\"a longer text with more than sixteen bytes\"",
    ]);
    let leaf = scalar.prop_map(String::from);
    let space = || prop::sample::select(vec!["", " ", "\n\t", "\r\n "]);
    leaf.prop_recursive(5, 40, 5, move |inner| {
        let list = prop::collection::vec((space(), inner, space()), 0..5);
        (list, any::<bool>(), space()).prop_map(|(list, is_object, empty)| {
            let values = list
                .into_iter()
                .enumerate()
                .map(|(i, (before, value, after))| match is_object {
                    true => format!("{before}\"k{i}\"{after}:{before}{value}{after}"),
                    false => format!("{before}{value}{after}"),
                });
            let values = values.collect::<Vec<_>>().join(",");
            let values = if values.is_empty() {
                empty.to_owned()
            } else {
                values
            };
            match is_object {
                true => format!("{{{values}}}"),
                false => format!("[{values}]"),
            }
        })
    })
}

/// JSON with a few bytes changed, taken out or put in.
fn damaged() -> impl Strategy<Value = String> {
    let byte = prop::sample::select(br#"{}[]",:\0159.eE+-tfnu "#.to_vec());
    let change = (any::<prop::sample::Index>(), byte, 0..3_u8);
    (json(), prop::collection::vec(change, 1..4)).prop_map(|(text, changes)| {
        let mut bytes = text.into_bytes();
        for (index, byte, how) in changes {
            let at = index.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ if at < bytes.len() => bytes[at] = byte,
                _ => bytes.truncate(at / 2),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #[test]
    fn plain_text_ends_at_the_first_special_byte(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
        let expected = bytes.iter().position(special).unwrap_or(bytes.len());
        prop_assert_eq!(grammar::plain_length(&bytes), expected);
    }

    #[test]
    fn long_plain_text_is_plain(bytes in prop::collection::vec(0x5d_u8.., 0..100)) {
        prop_assert_eq!(grammar::plain_length(&bytes), bytes.len());
    }

    #[test]
    fn json_is_what_serde_json_says_it_is(text in prop_oneof![json(), damaged(), any::<String>()]) {
        let expected = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(check(&text).is_ok(), expected, "{}", text);
    }

    #[test]
    fn values_are_read_as_serde_json_reads_them(text in json()) {
        let mut reader = Reader::new(text.as_bytes()).unwrap();
        let value = tree(&mut reader).unwrap();
        prop_assert_eq!(reader.end(), Ok(()));
        prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
    }

    #[test]
    fn damaged_json_is_read_or_refused(text in damaged()) {
        if let Ok(mut reader) = Reader::new(text.as_bytes()) {
            let read = tree(&mut reader).and_then(|_| reader.end());
            prop_assert_eq!(read.is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        }
    }

    #[test]
    fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(mut reader) = Reader::new(&bytes) {
            let _ = tree(&mut reader);
        }
    }
}
