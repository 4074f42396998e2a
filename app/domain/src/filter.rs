//! The one filter language of queries, subscriptions, routes and saved views: `severity<=2 and town=虎门镇`.
//! Says where and why a text is no filter; never panics on one and never costs more than its limits.

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
/// one        = "not" one | "(" any ")" | field operator value | field "in" "(" value ("," value)* ")"
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

    fn read(text: &str, fields: Option<&[&str]>) -> Result<Filter, FilterError> {
        if text.len() > MOST_BYTES {
            return Err(FilterError {
                at: 0,
                reason: format!("a filter has at most {MOST_BYTES} bytes"),
            });
        }
        let tokens = tokens(text)?;
        if tokens.len() == 1 {
            return Ok(Filter::default());
        }
        let mut parser = Parser {
            tokens: &tokens,
            next: 0,
            terms: 0,
            fields,
        };
        let condition = parser.any(0)?;
        if !matches!(parser.peek().kind, TokenKind::End) {
            return Err(parser.expected("'and', 'or' or the end"));
        }
        let filter = Filter {
            condition: Some(condition),
        };
        if filter.to_string().len() > MOST_BYTES {
            return Err(FilterError {
                at: 0,
                reason: format!("written out, the filter has more than {MOST_BYTES} bytes"),
            });
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
            Literal::Text(text) if is_bare(text) => f.write_str(text),
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

/// Whether a text means itself when written without quotes.
fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(is_word_character)
        && keyword(text).is_none()
        && matches!(bare_literal(text), Literal::Text(_))
}

fn is_word_character(character: char) -> bool {
    let plain = plain(character);
    let special = matches!(
        plain,
        '(' | ')' | ',' | '=' | '!' | '<' | '>' | '\'' | '"' | '“' | '”' | '≤' | '≥' | '≠'
    );
    !(special || plain.is_whitespace() || plain.is_control())
}

/// Full-width punctuation as its plain form: input methods produce it without being asked.
fn plain(character: char) -> char {
    match character {
        '（' => '(',
        '）' => ')',
        '，' | '、' => ',',
        '＝' => '=',
        '！' => '!',
        '＜' => '<',
        '＞' => '>',
        '＇' => '\'',
        '＂' => '"',
        other => other,
    }
}

fn bare_literal(word: &str) -> Literal {
    match word {
        "true" => return Literal::Flag(true),
        "false" => return Literal::Flag(false),
        "null" => return Literal::Null,
        _ => {}
    }
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (whole, part) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole)
        && digits(part)
        && let Ok(value) = word.parse::<f64>()
        && value.is_finite()
    {
        return Literal::Number {
            digits: word.to_owned(),
            value,
        };
    }
    Literal::Text(word.to_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    And,
    Or,
    Not,
    In,
}

fn keyword(word: &str) -> Option<Keyword> {
    let known = [
        ("and", Keyword::And),
        ("or", Keyword::Or),
        ("not", Keyword::Not),
        ("in", Keyword::In),
    ];
    known
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map(|(_, keyword)| *keyword)
}

struct Token {
    at: usize,
    kind: TokenKind,
}

enum TokenKind {
    Open,
    Close,
    Comma,
    Operator(Operator),
    Word(String),
    Quoted(String),
    End,
}

/// At most one token a byte of a bounded text; the last is always the end.
fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let start = at;
        let character = plain(characters[at]);
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        let kind = match character {
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            ',' => TokenKind::Comma,
            '=' => TokenKind::Operator(Operator::Equal),
            '≠' => TokenKind::Operator(Operator::NotEqual),
            '≤' => TokenKind::Operator(Operator::LessOrEqual),
            '≥' => TokenKind::Operator(Operator::GreaterOrEqual),
            '!' | '<' | '>' => {
                let with_equal = characters.get(at + 1).copied().map(plain) == Some('=');
                at += usize::from(with_equal);
                match (character, with_equal) {
                    ('!', true) => TokenKind::Operator(Operator::NotEqual),
                    ('<', true) => TokenKind::Operator(Operator::LessOrEqual),
                    ('<', false) => TokenKind::Operator(Operator::Less),
                    ('>', true) => TokenKind::Operator(Operator::GreaterOrEqual),
                    ('>', false) => TokenKind::Operator(Operator::Greater),
                    _ => {
                        return Err(FilterError {
                            at: start,
                            reason: "'!' needs '=' behind it".to_owned(),
                        });
                    }
                }
            }
            '\'' | '"' | '“' => {
                let (text, last) = quoted(&characters, at)?;
                at = last;
                TokenKind::Quoted(text)
            }
            _ if is_word_character(character) => {
                let length = characters[at..]
                    .iter()
                    .take_while(|next| is_word_character(**next))
                    .count();
                let word = characters[at..at + length].iter().collect();
                at += length - 1;
                TokenKind::Word(word)
            }
            other => {
                return Err(FilterError {
                    at: start,
                    reason: format!("{other:?} has no place in a filter"),
                });
            }
        };
        tokens.push(Token { at: start, kind });
        at += 1;
    }
    tokens.push(Token {
        at: characters.len(),
        kind: TokenKind::End,
    });
    Ok(tokens)
}

/// The text between quotes and the index of the closing one; a doubled quote stands for itself.
fn quoted(characters: &[char], open: usize) -> Result<(String, usize), FilterError> {
    let close = match plain(characters[open]) {
        '“' => '”',
        quote => quote,
    };
    let is_close = |at: usize| characters.get(at).copied().map(plain) == Some(close);
    let mut text = String::new();
    let mut at = open + 1;
    while at < characters.len() {
        if is_close(at) && close != '”' && is_close(at + 1) {
            at += 1;
        } else if is_close(at) {
            return Ok((text, at));
        }
        text.push(characters[at]);
        at += 1;
    }
    Err(FilterError {
        at: open,
        reason: "the quote is never closed".to_owned(),
    })
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    terms: usize,
    fields: Option<&'a [&'a str]>,
}

impl Parser<'_> {
    fn any(&mut self, nesting: usize) -> Result<Condition, FilterError> {
        let mut parts = Vec::new();
        loop {
            match self.all(nesting)? {
                Condition::Any(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if !self.take_keyword(Keyword::Or) {
                break;
            }
        }
        Ok(single_or(parts, Condition::Any))
    }

    fn all(&mut self, nesting: usize) -> Result<Condition, FilterError> {
        let mut parts = Vec::new();
        loop {
            match self.one(nesting)? {
                Condition::All(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if !self.take_keyword(Keyword::And) {
                break;
            }
        }
        Ok(single_or(parts, Condition::All))
    }

    fn one(&mut self, nesting: usize) -> Result<Condition, FilterError> {
        if nesting > MOST_NESTING {
            return Err(self.mistake(format!("nested more than {MOST_NESTING} deep")));
        }
        if self.take_keyword(Keyword::Not) {
            return Ok(Condition::Not(Box::new(self.one(nesting + 1)?)));
        }
        if self.take(|kind| matches!(kind, TokenKind::Open)) {
            let inner = self.any(nesting + 1)?;
            self.require(|kind| matches!(kind, TokenKind::Close), "')'")?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Condition, FilterError> {
        let field = self.field()?;
        if self.take_keyword(Keyword::In) {
            self.require(|kind| matches!(kind, TokenKind::Open), "'(' behind 'in'")?;
            let mut literals = vec![self.literal()?];
            while self.take(|kind| matches!(kind, TokenKind::Comma)) {
                literals.push(self.literal()?);
            }
            self.require(|kind| matches!(kind, TokenKind::Close), "',' or ')'")?;
            return Ok(Condition::OneOf { field, literals });
        }
        let TokenKind::Operator(operator) = self.peek().kind else {
            return Err(self.expected("=, !=, <, <=, >, >= or 'in'"));
        };
        self.next += 1;
        let literal = self.literal()?;
        Ok(Condition::Compare {
            field,
            operator,
            literal,
        })
    }

    fn field(&mut self) -> Result<String, FilterError> {
        let name = match &self.peek().kind {
            TokenKind::Word(word) if is_field_name(word) && keyword(word).is_none() => word.clone(),
            _ => return Err(self.expected("a field such as severity")),
        };
        if let Some(fields) = self.fields
            && !fields.contains(&name.as_str())
        {
            return Err(self.mistake(format!(
                "unknown field '{name}'; known: {}",
                fields.join(", ")
            )));
        }
        self.next += 1;
        Ok(name)
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        let literal = match &self.peek().kind {
            TokenKind::Word(word) if keyword(word).is_none() => bare_literal(word),
            TokenKind::Quoted(text) => Literal::Text(text.clone()),
            _ => return Err(self.expected("a value")),
        };
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(self.mistake(format!("more than {MOST_TERMS} comparisons")));
        }
        self.next += 1;
        Ok(literal)
    }

    fn peek(&self) -> &Token {
        // The end is never taken, so there is always a token.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn take(&mut self, wanted: impl Fn(&TokenKind) -> bool) -> bool {
        let found = wanted(&self.peek().kind);
        self.next += usize::from(found);
        found
    }

    fn take_keyword(&mut self, wanted: Keyword) -> bool {
        self.take(|kind| matches!(kind, TokenKind::Word(word) if keyword(word) == Some(wanted)))
    }

    fn require(
        &mut self,
        wanted: impl Fn(&TokenKind) -> bool,
        what: &str,
    ) -> Result<(), FilterError> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    fn expected(&self, what: &str) -> FilterError {
        let found = match &self.peek().kind {
            TokenKind::Open => "'('".to_owned(),
            TokenKind::Close => "')'".to_owned(),
            TokenKind::Comma => "','".to_owned(),
            TokenKind::Operator(operator) => format!("'{}'", operator.sign()),
            TokenKind::Word(text) | TokenKind::Quoted(text) => {
                format!("'{}'", text.chars().take(40).collect::<String>())
            }
            TokenKind::End => "the end".to_owned(),
        };
        self.mistake(format!("expected {what}, found {found}"))
    }

    fn mistake(&self, reason: String) -> FilterError {
        FilterError {
            at: self.peek().at,
            reason,
        }
    }
}

fn single_or(mut parts: Vec<Condition>, join: impl Fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn is_field_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}
