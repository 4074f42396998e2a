//! Reading a filter: characters to tokens, tokens to a condition. Never panics and never recurses deeper than the
//! nesting allowed, whatever the text.

use super::{Condition, FilterError, Literal, MOST_NESTING, MOST_TERMS, Operator};

/// The condition a text states; none if the text is blank.
pub(super) fn condition(
    text: &str,
    fields: Option<&[&str]>,
    flags: &[&str],
) -> Result<Option<Condition>, FilterError> {
    let tokens = tokens(text)?;
    if tokens.len() == 1 {
        return Ok(None);
    }
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        terms: 0,
        fields,
        flags,
    };
    let condition = parser.any(0)?;
    if !matches!(parser.peek().kind, TokenKind::End) {
        return Err(parser.expected("'and', 'or' or the end"));
    }
    Ok(Some(condition))
}

/// Whether a text means itself when written without quotes.
pub(super) fn is_bare(text: &str) -> bool {
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
    /// Fields that may stand alone.
    flags: &'a [&'a str],
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
            if self.flags.contains(&field.as_str()) {
                self.count_term()?;
                return Ok(Condition::Compare {
                    field,
                    operator: Operator::Equal,
                    literal: Literal::Flag(true),
                });
            }
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
        self.count_term()?;
        self.next += 1;
        Ok(literal)
    }

    fn count_term(&mut self) -> Result<(), FilterError> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return Err(self.mistake(format!("more than {MOST_TERMS} comparisons")));
        }
        Ok(())
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
