//! The small language in which a user's text asks for a certain answer.
//!
//! A line that starts with a command is obeyed, every other line is just text:
//!
//! ```text
//! call NAME {"argument": 1}   call a tool (several lines: parallel calls)
//! say WORDS                   answer these words, even though tools are offered
//! refuse REASON               decline to answer
//! ```

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    Call { name: &'a str, input: &'a str },
    Say(&'a str),
    Refuse(&'a str),
}

pub(crate) fn read(text: &str) -> Vec<Command<'_>> {
    text.lines().filter_map(command).collect()
}

/// The words of all `say` lines.
pub(crate) fn words_to_say(text: &str) -> Option<String> {
    let words: Vec<&str> = read(text)
        .into_iter()
        .filter_map(|command| match command {
            Command::Say(words) => Some(words),
            Command::Call { .. } | Command::Refuse(_) => None,
        })
        .collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

/// The reason of the first `refuse` line.
pub(crate) fn refusal(text: &str) -> Option<String> {
    read(text).into_iter().find_map(|command| match command {
        Command::Refuse(reason) => Some(reason.to_owned()),
        Command::Call { .. } | Command::Say(_) => None,
    })
}

fn command(line: &str) -> Option<Command<'_>> {
    let (verb, rest) = line.trim().split_once(' ')?;
    let rest = rest.trim();
    match verb {
        "call" => {
            let (name, input) = rest.split_once(' ').unwrap_or((rest, ""));
            Some(Command::Call {
                name,
                input: input.trim(),
            })
        }
        "say" => Some(Command::Say(rest)),
        "refuse" => Some(Command::Refuse(rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_commands_or_text() {
        let text = "Please\n call weather {\"city\": \"Paris\"} \ncall now\nsay well\ncalling";
        assert_eq!(
            read(text),
            [
                Command::Call {
                    name: "weather",
                    input: "{\"city\": \"Paris\"}"
                },
                Command::Call {
                    name: "now",
                    input: ""
                },
                Command::Say("well"),
            ]
        );
        assert_eq!(words_to_say(text).as_deref(), Some("well"));
        assert_eq!(refusal("refuse too risky").as_deref(), Some("too risky"));
    }
}
