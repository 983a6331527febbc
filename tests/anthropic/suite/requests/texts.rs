#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use tidegate::chat::Message;

use super::build::{assistant, cached, instructions, parts, request, text, user};
use super::{Cases, HAIKU_4_5, OPUS_4_8};

#[test]
fn leading_instructions_are_the_system_prompt() {
    let mut cases = Cases::default();
    let joined = request(vec![
        instructions("Be terse."),
        Message::Instructions {
            content: vec![text("Speak\n\"French\"."), text("  ")],
        },
        user("Salut"),
        assistant("Salut !", vec![]),
        user(""),
        parts(vec![text("Un"), text(" \n"), text("deux")]),
    ]);
    cases.add("joined, and empty texts left out", &joined, HAIKU_4_5);
    let marked = request(vec![
        Message::Instructions {
            content: vec![cached("Long rules."), text("Short rule.")],
        },
        parts(vec![cached("Long story."), text("Sum it up.")]),
    ]);
    cases.add("cache markers keep the blocks apart", &marked, HAIKU_4_5);
    let alone = request(vec![instructions("Say hi.")]);
    cases.add("alone they are the user's turn", &alone, HAIKU_4_5);
    let nothing = request(vec![instructions(""), user(" ")]);
    cases.add("nothing is said", &nothing, HAIKU_4_5);
    cases.assert_golden("leading_instructions");
}

#[test]
fn later_instructions_stay_where_they_are() {
    let mut cases = Cases::default();
    let later = request(vec![
        instructions("Be terse."),
        user("One"),
        instructions("Speak French."),
        user("Two"),
        assistant("Deux", vec![]),
        instructions("Speak Greek."),
        assistant("Δύο", vec![]),
        user("Three"),
        instructions("Now Latin."),
        Message::Instructions {
            content: vec![cached("Classical.")],
        },
    ]);
    cases.add("as tagged text", &later, HAIKU_4_5);
    cases.add("as a system turn where one may stand", &later, OPUS_4_8);
    cases.assert_golden("later_instructions");
}

#[test]
fn turns_of_the_assistant() {
    let mut cases = Cases::default();
    let prefill = request(vec![user("Say A"), assistant("A \n", vec![])]);
    cases.add(
        "a prefill does not end with white space",
        &prefill,
        HAIKU_4_5,
    );
    let twice = request(vec![
        assistant("A", vec![]),
        assistant("B", vec![]),
        user("C"),
    ]);
    cases.add("turns of the same role are one", &twice, HAIKU_4_5);
    let named = request(vec![Message::User {
        content: vec![text("Hi")],
        name: Some("bo".into()),
    }]);
    cases.add("names have no place", &named, HAIKU_4_5);
    cases.assert_golden("turns");
}
