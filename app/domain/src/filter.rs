//! The one filter language of queries, subscriptions, routes and saved views: `severity<=2 and town=虎门镇`.
//! Says where and why a text is no filter; never panics on one and never costs more than its limits.

mod reading;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest text of a filter, as typed and as written back.
pub const MOST_BYTES: usize = 1_000;
/// Deepest nesting of parentheses and `not`.
pub const MOST_NESTING: usize = 16;
/// Most comparisons, each value of an `in (…)` counted.
pub const MOST_TERMS: usize = 64;

/// A checked condition on named fields. Without a condition it lets everything pass.
///
/// ```text
/// any        = all ("or" all)*
/// all        = one ("and" one)*
/// one        = "not" one | "(" any ")" | field operator value | field "in" "(" value ("," value)* ")" | flag
/// operator   = "=" | "!=" | "<" | "<=" | ">" | ">="
/// value      = number | true | false | null | bare word | 'quoted' | "quoted" (the quote doubled inside)
/// ```
///
/// Full-width punctuation (（ ） ， ＝ “ ” ≤ ≥ ≠) is read as its plain form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Filter {
    condition: Option<Condition>,
}

/// What a filter asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        field: String,
        operator: Operator,
        literal: Literal,
    },
    OneOf {
        field: String,
        literals: Vec<Literal>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value as written in a filter. A bare number keeps its digits, so that it also equals a text field of the same
/// digits (`grid=0301`).
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Text(String),
    Number { digits: String, value: f64 },
    Flag(bool),
    Null,
}

/// A value of a thing that is filtered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
    Null,
}

/// A thing that can be filtered. A field it does not have reads as null.
pub trait Fields {
    fn field(&self, name: &str) -> Option<Value<'_>>;
}

impl Filter {
    /// Reads a filter over any fields. Blank text is the filter that lets everything pass.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        Filter::read(text, None)
    }

    /// Reads a filter over the fields given; another field is a mistake that names them.
    pub fn parse_for(text: &str, fields: &[&str]) -> Result<Filter, FilterError> {
        Filter::read(text, Some(fields))
    }

    pub fn matches(&self, thing: &impl Fields) -> bool {
        self.condition
            .as_ref()
            .is_none_or(|condition| condition.holds(thing))
    }

    pub fn condition(&self) -> Option<&Condition> {
        self.condition.as_ref()
    }

    /// The same, where a field that says yes or no may stand alone: `closed and not in_time`.
    pub fn parse_with_flags(
        text: &str,
        fields: &[&str],
        flags: &[&str],
    ) -> Result<Filter, FilterError> {
        let known: Vec<&str> = flags.iter().chain(fields).copied().collect();
        Filter::limited(text, || reading::condition(text, Some(&known), flags))
    }

    fn read(text: &str, fields: Option<&[&str]>) -> Result<Filter, FilterError> {
        Filter::limited(text, || reading::condition(text, fields, &[]))
    }

    fn limited(
        text: &str,
        condition: impl FnOnce() -> Result<Option<Condition>, FilterError>,
    ) -> Result<Filter, FilterError> {
        let too_long = |reason: String| Err(FilterError { at: 0, reason });
        if text.len() > MOST_BYTES {
            return too_long(format!("a filter has at most {MOST_BYTES} bytes"));
        }
        let filter = Filter {
            condition: condition()?,
        };
        if filter.to_string().len() > MOST_BYTES {
            return too_long(format!(
                "written out, the filter has more than {MOST_BYTES} bytes"
            ));
        }
        Ok(filter)
    }
}

impl FromStr for Filter {
    type Err = FilterError;
    fn from_str(text: &str) -> Result<Filter, FilterError> {
        Filter::parse(text)
    }
}

impl TryFrom<String> for Filter {
    type Error = FilterError;
    fn try_from(text: String) -> Result<Filter, FilterError> {
        Filter::parse(&text)
    }
}

impl From<Filter> for String {
    fn from(filter: Filter) -> String {
        filter.to_string()
    }
}

/// Why a text is no filter, and the character (from 0) where that shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    pub at: usize,
    pub reason: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter, character {}: {}", self.at + 1, self.reason)
    }
}

impl std::error::Error for FilterError {}

impl Condition {
    fn holds(&self, thing: &impl Fields) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(thing)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(thing)),
            Condition::Not(inner) => !inner.holds(thing),
            Condition::Compare {
                field,
                operator,
                literal,
            } => {
                let value = thing.field(field).unwrap_or(Value::Null);
                operator.holds(value, literal)
            }
            Condition::OneOf { field, literals } => {
                let value = thing.field(field).unwrap_or(Value::Null);
                literals
                    .iter()
                    .any(|literal| Operator::Equal.holds(value, literal))
            }
        }
    }
}

impl Operator {
    pub const fn sign(self) -> &'static str {
        match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
        }
    }

    /// Values of different kinds are unequal and have no order; flags and null have no order among themselves.
    fn holds(self, value: Value<'_>, literal: &Literal) -> bool {
        let order = match (value, literal) {
            (Value::Text(text), Literal::Text(other)) => Some(text.cmp(other)),
            (Value::Text(text), Literal::Number { digits, .. }) => Some(text.cmp(digits)),
            (Value::Number(number), Literal::Number { value, .. }) => number.partial_cmp(value),
            (Value::Flag(flag), Literal::Flag(other)) => {
                return self.holds_unordered(flag == *other);
            }
            (Value::Null, Literal::Null) => return self.holds_unordered(true),
            _ => None,
        };
        match self {
            Operator::Equal => order == Some(Ordering::Equal),
            Operator::NotEqual => order != Some(Ordering::Equal),
            Operator::Less => order == Some(Ordering::Less),
            Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Operator::Greater => order == Some(Ordering::Greater),
            Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    fn holds_unordered(self, equal: bool) -> bool {
        match self {
            Operator::Equal => equal,
            Operator::NotEqual => !equal,
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => false,
        }
    }
}

/// The canonical text: parsing it gives the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition
            .as_ref()
            .map_or(Ok(()), |condition| fmt::Display::fmt(condition, f))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Any(parts) => {
                write_between(f, parts, " or ", |part| matches!(part, Condition::Any(_)))
            }
            Condition::All(parts) => write_between(f, parts, " and ", Condition::is_joined),
            Condition::Not(inner) if inner.is_joined() => write!(f, "not ({inner})"),
            Condition::Not(inner) => write!(f, "not {inner}"),
            Condition::Compare {
                field,
                operator,
                literal,
            } => write!(f, "{field}{}{literal}", operator.sign()),
            Condition::OneOf { field, literals } => {
                write!(f, "{field} in (")?;
                for (index, literal) in literals.iter().enumerate() {
                    write!(f, "{}{literal}", if index == 0 { "" } else { "," })?;
                }
                f.write_str(")")
            }
        }
    }
}

impl Condition {
    fn is_joined(&self) -> bool {
        matches!(self, Condition::All(_) | Condition::Any(_))
    }
}

fn write_between(
    f: &mut fmt::Formatter<'_>,
    parts: &[Condition],
    between: &str,
    needs_parentheses: impl Fn(&Condition) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        if needs_parentheses(part) {
            write!(f, "({part})")?
        } else {
            fmt::Display::fmt(part, f)?
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Flag(flag) => write!(f, "{flag}"),
            Literal::Number { digits, .. } => f.write_str(digits),
            Literal::Text(text) if reading::is_bare(text) => f.write_str(text),
            Literal::Text(text) => {
                // The quote that needs less doubling keeps the canonical text short.
                let quote = if text.matches('\'').count() > text.matches('"').count() {
                    '"'
                } else {
                    '\''
                };
                write!(
                    f,
                    "{quote}{}{quote}",
                    text.replace(quote, &format!("{quote}{quote}"))
                )
            }
        }
    }
}
