//! From a client's body to [`EmbeddingsRequest`].

use std::borrow::Cow;

use super::{Encoding, KNOWN};
use crate::chat::{EmbeddingsInput, EmbeddingsRequest, Error, Extra};
use crate::dialects::openai_chat::{fault, fields};
use crate::json::{Fault, FaultKind, Kind, Name, Reader};

/// Most inputs of one request, as in OpenAI's API (API reference, "Create embeddings", checked
/// 2026-11-25).
const MAX_INPUTS: usize = 2048;

/// A request, and how its answer is to be written.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// What is asked for.
    pub request: EmbeddingsRequest<'a>,
    /// How the client wants its vectors.
    pub encoding: Encoding,
}

/// Reads a request.
///
/// # Errors
/// 400, naming the field in OpenAI's words, or the position where the body is no JSON.
pub fn parse(body: &[u8]) -> Result<Asked<'_>, Error> {
    read(body).map_err(|found| fault::error(&found, body))
}

#[derive(Default)]
struct Draft<'a> {
    names: Vec<Cow<'a, str>>,
    model: Option<Cow<'a, str>>,
    input: Option<EmbeddingsInput<'a>>,
    encoding: Encoding,
    dimensions: Option<u64>,
    end_user: Option<Cow<'a, str>>,
    extras: Vec<Extra<'a>>,
}

fn read(body: &[u8]) -> Result<Asked<'_>, Fault> {
    let mut reader = Reader::new(body)?;
    let mut draft = Draft::default();
    reader.object(|reader, name| draft.field(reader, name))?;
    reader.end()?;
    draft.finish()
}

impl<'a> Draft<'a> {
    fn field(&mut self, reader: &mut Reader<'a>, name: &Name<'a>) -> Result<(), Fault> {
        let before = self.names.iter().map(|name| &**name);
        fields::check(before, &name.text, KNOWN).map_err(|kind| reader.fault(kind))?;
        self.names.push(name.text.clone());
        match &*name.text {
            "model" => self.model = Some(reader.string()?),
            "input" => self.input = Some(input(reader)?),
            "encoding_format" => {
                self.encoding = reader.optional(encoding)?.unwrap_or_default();
            }
            "dimensions" => self.dimensions = reader.optional(Reader::integer)?,
            "user" => self.end_user = reader.optional(Reader::string)?,
            _ => {
                let value = reader.raw()?;
                let name = name.text.clone();
                self.extras.push(Extra { name, value });
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Asked<'a>, Fault> {
        let missing = |name| Fault::new(FaultKind::Missing, 0).in_member(name);
        let model = self.model.filter(|model| !model.is_empty());
        Ok(Asked {
            request: EmbeddingsRequest {
                model: model.ok_or_else(|| missing("model"))?,
                input: self.input.ok_or_else(|| missing("input"))?,
                dimensions: self.dimensions,
                end_user: self.end_user,
                extras: self.extras,
            },
            encoding: self.encoding,
        })
    }
}

/// A text, texts, tokens, or lists of tokens.
fn input<'a>(reader: &mut Reader<'a>) -> Result<EmbeddingsInput<'a>, Fault> {
    let start = reader.offset();
    let input = match reader.kind()? {
        Kind::String => EmbeddingsInput::Texts(vec![reader.string()?]),
        Kind::Array => match first_kind(reader)? {
            Some(Kind::Integer) => EmbeddingsInput::Tokens(vec![tokens(reader)?]),
            Some(Kind::Array) => EmbeddingsInput::Tokens(list(reader, tokens)?),
            _ => EmbeddingsInput::Texts(list(reader, Reader::string)?),
        },
        found => {
            let expected = "one of a string, array of strings, or array of tokens";
            return Err(reader.fault(FaultKind::Type { expected, found }));
        }
    };
    check(&input).map_err(|reason| {
        let code = "invalid_value";
        let reason = reason.to_owned();
        Fault::new(FaultKind::Invalid { code, reason }, start)
    })?;
    Ok(input)
}

fn check(input: &EmbeddingsInput<'_>) -> Result<(), &'static str> {
    let (count, has_empty) = match input {
        EmbeddingsInput::Texts(texts) => (texts.len(), texts.iter().any(|text| text.is_empty())),
        EmbeddingsInput::Tokens(lists) => (lists.len(), lists.iter().any(Vec::is_empty)),
    };
    match count {
        0 => Err("the input must not be empty"),
        _ if has_empty => Err("the input must not have an empty element"),
        1..=MAX_INPUTS => Ok(()),
        _ => Err("the input has more than 2048 elements"),
    }
}

/// What the array that comes next begins with.
fn first_kind(reader: &Reader<'_>) -> Result<Option<Kind>, Fault> {
    let mut first = None;
    reader.clone().array(|reader| {
        let kind = reader.kind()?;
        first.get_or_insert(kind);
        reader.skip()
    })?;
    Ok(first)
}

fn tokens(reader: &mut Reader<'_>) -> Result<Vec<u64>, Fault> {
    list(reader, Reader::integer)
}

fn list<'a, T>(
    reader: &mut Reader<'a>,
    read: impl Fn(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut list = Vec::new();
    reader.array(|reader| {
        list.push(read(reader)?);
        Ok(())
    })?;
    Ok(list)
}

fn encoding(reader: &mut Reader<'_>) -> Result<Encoding, Fault> {
    let start = reader.offset();
    match &*reader.string()? {
        "float" => Ok(Encoding::Float),
        "base64" => Ok(Encoding::Base64),
        other => {
            let found = other.to_owned();
            let supported = &["base64", "float"];
            Err(Fault::new(FaultKind::Value { found, supported }, start))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_of(json: &str) -> Result<EmbeddingsInput<'static>, Error> {
        let body = format!(r#"{{"model":"m","input":{json}}}"#).into_bytes();
        let body: &'static [u8] = Vec::leak(body);
        parse(body).map(|asked| asked.request.input)
    }

    #[test]
    fn an_input_is_a_text_texts_tokens_or_lists_of_tokens() {
        let texts = |texts: &[&'static str]| {
            EmbeddingsInput::Texts(texts.iter().map(|text| Cow::Borrowed(*text)).collect())
        };
        assert_eq!(input_of(r#""a""#).unwrap(), texts(&["a"]));
        assert_eq!(input_of(r#"["a","b"]"#).unwrap(), texts(&["a", "b"]));
        let tokens = |lists: &[&[u64]]| {
            EmbeddingsInput::Tokens(lists.iter().map(|list| list.to_vec()).collect())
        };
        assert_eq!(input_of("[1,2]").unwrap(), tokens(&[&[1, 2]]));
        assert_eq!(input_of("[[1],[2,3]]").unwrap(), tokens(&[&[1], &[2, 3]]));
    }

    #[test]
    fn what_cannot_be_embedded_is_refused_with_its_path() {
        for (json, param) in [
            ("[]", "input"),
            (r#""""#, "input"),
            (r#"["a",""]"#, "input"),
            ("[[]]", "input"),
            (r#"["a",1]"#, "input[1]"),
            (r#"[1,"a"]"#, "input[1]"),
            ("[[1],2]", "input[1]"),
            ("[1.5]", "input[0]"),
            ("7", "input"),
            ("null", "input"),
        ] {
            let error = input_of(json).expect_err(json);
            assert_eq!(
                (error.status, error.param.as_deref()),
                (400, Some(param)),
                "{json}"
            );
        }
        let many = format!("[{}1]", "1,".repeat(MAX_INPUTS));
        assert!(input_of(&many).is_ok(), "tokens are no inputs");
        let many = format!("[{}\"a\"]", "\"a\",".repeat(MAX_INPUTS));
        assert!(input_of(&many).is_err());
    }

    #[test]
    fn the_other_fields_are_read_and_extras_are_kept() {
        let body = br#"{"input":"a","model":"m","encoding_format":"base64","dimensions":8,"user":"u","input_type":"search_query"}"#;
        let asked = parse(body).unwrap();
        assert_eq!(asked.encoding, Encoding::Base64);
        assert_eq!(asked.request.dimensions, Some(8));
        assert_eq!(asked.request.end_user.as_deref(), Some("u"));
        assert_eq!(asked.request.extras[0].name, "input_type");
    }

    #[test]
    fn faults_are_told_in_openais_words() {
        for (body, param) in [
            (r#"{"input":"a"}"#, Some("model")),
            (r#"{"model":"m"}"#, Some("input")),
            (
                r#"{"model":"m","input":"a","encoding_format":"hex"}"#,
                Some("encoding_format"),
            ),
            (
                r#"{"model":"m","input":"a","dimensions":-1}"#,
                Some("dimensions"),
            ),
            (r#"{"model":"m","input":"a","Input":"b"}"#, Some("Input")),
            (r#"{"model":"m","input":"a","input":"b"}"#, Some("input")),
            ("[]", None),
            ("{", None),
        ] {
            let error = parse(body.as_bytes()).expect_err(body);
            assert_eq!(
                (error.status, error.param.as_deref()),
                (400, param),
                "{body}"
            );
        }
    }
}
