//! A batch of rows: one JSON object a line.
//!
//! A bad line is named and costs no other line: whoever sends the batch would send it again for
//! ever.

use serde::Serialize;
use tidegate::telemetry::row::Row;
use utoipa::ToSchema;

use super::Admission;

/// What a body holds.
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows that can be kept.
    pub rows: Vec<Row>,
    /// The line of each.
    pub lines: Vec<usize>,
    /// Lines that cannot.
    pub bad: Vec<BadRow>,
}

/// A line that is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BadRow {
    /// Which line, from 1.
    pub line: usize,
    /// Path of the field, such as `attempts[0].tokens.input`; `.` for the whole line.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

impl Batch {
    /// Reads a body. Empty lines are none.
    pub fn read(body: &[u8], admission: &Admission) -> Self {
        let mut batch = Self::default();
        for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let row = read_row(line);
            let checked = row.and_then(|row| admission.check(&row).map(|()| row));
            match checked {
                Ok(row) => {
                    batch.rows.push(row);
                    batch.lines.push(index + 1);
                }
                Err((field, message)) => batch.bad.push(BadRow {
                    line: index + 1,
                    field,
                    message,
                }),
            }
        }
        batch
    }
}

/// Where the field of an error is, is only found out where there is an error: it costs as much as
/// all the rest of the reading.
fn read_row(line: &[u8]) -> Result<Row, (String, String)> {
    if let Ok(row) = serde_json::from_slice(line) {
        return Ok(row);
    }
    let mut json = serde_json::Deserializer::from_slice(line);
    let row: Row = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| (error.path().to_string(), error.inner().to_string()))?;
    let end = json.end().map(|()| row);
    end.map_err(|error| (".".to_owned(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"request_id":"req_1","ended_ms":1000,"duration_us":5,"endpoint":"chat.completions","status":200,"outcome":"answered","tokens":{"input":3}}"#;

    fn read(body: &str) -> Batch {
        Batch::read(body.as_bytes(), &Admission::at(1000, 30))
    }

    #[test]
    fn good_lines_are_kept_beside_bad_ones_which_are_named() {
        let wrong_type = GOOD.replace("3", "-3");
        let missing = GOOD.replace("\"outcome\":\"answered\",", "");
        let too_old = GOOD.replace("1000", "99999999999999");
        let body = format!("{GOOD}\n\n{wrong_type}\r\nnonsense\n{missing}\n{too_old}\n{GOOD} 7\n");
        let batch = read(&body);
        assert_eq!(batch.rows.len(), 1);
        let named: Vec<_> = batch.bad.iter().map(|b| (b.line, &*b.field)).collect();
        let expected = [
            (3, "tokens.input"),
            (4, "."),
            (5, "."),
            (6, "ended_ms"),
            (7, "."),
        ];
        assert_eq!(named, expected);
        assert!(
            batch.bad[2].message.contains("outcome"),
            "{:?}",
            batch.bad[2]
        );
    }

    #[test]
    fn the_last_line_needs_no_line_break() {
        assert_eq!(read(GOOD).rows.len(), 1);
        assert_eq!(read("").rows.len(), 0);
    }

    #[test]
    fn a_field_that_a_newer_filter_sends_is_no_error() {
        let newer = GOOD.replacen('{', "{\"novel\":[1],", 1);
        assert_eq!(read(&newer).rows.len(), 1);
    }
}
