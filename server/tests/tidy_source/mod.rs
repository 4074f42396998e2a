//! Rust text without what it only says: comments and the insides of strings go, so that rules look at code alone.

/// The code of a file; comments become blanks, string literals become empty ones.
pub fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = after_block_comment(rest);
        } else if let Some(after) = after_raw_string(rest, code.chars().next_back()) {
            code.push_str("\"\"");
            rest = after;
        } else if next == '"' {
            code.push_str("\"\"");
            rest = after_quoted(rest, '"');
        } else if next == '\'' && is_character(rest) {
            code.push_str("' '");
            rest = after_quoted(rest, '\'');
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    code
}

/// Block comments nest.
fn after_block_comment(text: &str) -> &str {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return &text[at..];
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    ""
}

fn after_raw_string(text: &str, before: Option<char>) -> Option<&str> {
    if before.is_some_and(|c| (c.is_alphanumeric() && c != 'b') || c == '_') {
        return None;
    }
    let after_r = text.strip_prefix('r')?;
    let hashes = after_r.chars().take_while(|c| *c == '#').count();
    let body = after_r[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map_or("", |at| &body[at + end.len()..]))
}

fn after_quoted(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return &text[at + quote.len_utf8()..];
        }
    }
    ""
}

/// Tells `'x'` from the lifetime `'x`.
fn is_character(text: &str) -> bool {
    let mut chars = text.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

/// Every name in the code.
pub fn names_of(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|name| !name.is_empty())
}

#[test]
fn comments_and_strings_go_and_code_stays() {
    let text = "let a = \"x // y\"; // tokio\n/* a /* b */ tokio */ let c = 'q'; fn f<'a>(r: &'a str) {}\nlet q = r#\"tokio \"#; let e = '\\''; tail";
    let code = code_only(text);
    assert!(!code.contains("tokio"), "{code}");
    assert!(code.contains("fn f<'a>(r: &'a str)"), "{code}");
    assert!(code.ends_with("tail"), "{code}");
}
