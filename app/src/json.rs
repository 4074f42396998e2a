//! The few JSON documents our pages write, as values. Nothing is read with it: answers come in the binary layout, and
//! what is not ours the browser reads itself. (serde_json would bring 15 kB into the page for numbers it never writes.)

use std::fmt::Write;

use crate::text::number::decimals;

#[derive(Clone, PartialEq, Debug)]
pub enum Json {
    Flag(bool),
    Count(u64),
    /// To a millionth, which is a tenth of a metre in degrees.
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Json {
    /// A list of numbers: a position, the edges of a view.
    pub fn numbers(numbers: &[f64]) -> Self {
        Self::List(numbers.iter().copied().map(Self::Number).collect())
    }

    /// As it goes over the wire.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Count(count) => out.push_str(&count.to_string()),
            Self::Number(number) => out.push_str(&decimals(*number, 6)),
            Self::Text(text) => quote(text, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// RFC 8259, section 7.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            // Writing to a String cannot fail.
            control if control < ' ' => drop(write!(out, "\\u{:04x}", control as u32)),
            plain => out.push(plain),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_read_what_was_meant() {
        let json = Json::Object(vec![
            ("text", Json::from("一行\n\"引号\" \\ \u{1}\u{7f}😀")),
            ("position", Json::numbers(&[113.7463, -22.5])),
            ("severity", Json::Count(2)),
            ("passed", Json::Flag(false)),
            ("evidence", Json::List(vec![Json::from("e1-0")])),
        ]);
        let read: serde_json::Value = serde_json::from_str(&json.text()).expect("sound JSON");
        assert_eq!(
            read,
            serde_json::json!({
                "text": "一行\n\"引号\" \\ \u{1}\u{7f}😀", "position": [113.7463, -22.5], "severity": 2,
                "passed": false, "evidence": ["e1-0"],
            })
        );
    }
}
