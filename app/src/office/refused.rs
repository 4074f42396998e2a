//! Why something was refused, in the words of the page: the server's own are for programs, and English.

use domain::language::Language;

use super::words::Word;
use crate::requests::{FieldProblem, Problem};

/// A piece of the server's reason, and what it means to a person.
const REASONS: &[(&str, Word)] = &[
    ("is not the password", Word::WhyOldWrong),
    ("has at least", Word::WhyShort),
    ("has at most", Word::WhyLong),
    ("simple pattern", Word::WhyPattern),
    ("tried first", Word::WhyCommon),
    ("account's own name", Word::WhyOwnName),
    ("ends before it begins", Word::WhyEnds),
    ("longer than a week", Word::WhyWeek),
    ("has no channel", Word::WhyNoChannel),
    ("more than ten channels", Word::WhyManyChannels),
    ("there is no account", Word::WhyNobody),
    ("there is no receiver", Word::WhyNoReceiver),
];

/// The same by the field alone, where the reasons are many or hold what was given.
const FIELDS: &[(&str, Word)] = &[
    ("/shifts", Word::WhyManyShifts),
    ("/url", Word::WhyAddress),
    ("/id", Word::WhyId),
    ("/note", Word::WhyNote),
];

/// One sentence without its full stop.
pub fn said(language: Language, problem: &Problem) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for error in &problem.errors {
        reasons.extend(of_field(language, error));
    }
    if !reasons.is_empty() {
        reasons.dedup();
        let between = match language {
            Language::Zh => "；",
            Language::En => "; ",
        };
        return reasons.join(between);
    }
    let detail = problem.detail.as_deref().unwrap_or_default();
    let word = match problem.status {
        Some(401) => Word::WhySession,
        Some(403) if detail.contains("demonstration") => Word::WhyDemo,
        Some(403) => Word::WhyRight,
        Some(404) => Word::WhyGone,
        Some(429) if detail.contains("old password") => Word::WhyTooOften,
        Some(429) => Word::WhyManySignIn,
        Some(503) => Word::WhyBusy,
        _ => return problem.said(language),
    };
    word.text(language).to_owned()
}

/// Several reasons may stand in one.
fn of_field(language: Language, error: &FieldProblem) -> Vec<String> {
    let shift = error
        .pointer
        .strip_prefix("/shifts/")
        .and_then(|rest| rest.split('/').next()?.parse::<usize>().ok())
        .map(|index| (index + 1).to_string());
    let fill = |word: Word| word.filled(language, &[("n", shift.as_deref().unwrap_or("?"))]);
    let known = REASONS.iter();
    let mut words: Vec<String> = known
        .filter(|(piece, _)| error.reason.contains(piece))
        .map(|(_, word)| fill(*word))
        .collect();
    if words.is_empty() {
        let of_text = match (error.pointer.as_str(), error.reason.as_str()) {
            ("/text", "is missing") => Some(Word::WhyNoText),
            ("/text", _) => Some(Word::WhyLongText),
            (pointer, _) => FIELDS
                .iter()
                .find(|(field, _)| *field == pointer)
                .map(|(_, word)| *word),
        };
        words.extend(of_text.map(fill));
    }
    if words.is_empty() {
        words.push(format!(
            "{}: {}",
            error.pointer.trim_start_matches(['/', '?']),
            error.reason
        ));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::Told;

    fn refused(status: u16, detail: &str, errors: &[(&str, &str)]) -> Problem {
        let errors = errors.iter().map(|(pointer, reason)| FieldProblem {
            pointer: (*pointer).to_owned(),
            reason: (*reason).to_owned(),
        });
        Problem::told(
            status,
            Told {
                title: None,
                detail: Some(detail.to_owned()),
                errors: errors.collect(),
            },
        )
    }

    #[test]
    fn a_refusal_is_said_in_the_language_of_the_page() {
        let weak = "a password has at least 10 characters; it is a simple pattern";
        for (problem, zh) in [
            (
                refused(422, "", &[("/old", "is not the password")]),
                "旧密码不对",
            ),
            (
                refused(422, "", &[("/new", weak)]),
                "新密码至少 10 个字符；新密码太有规律",
            ),
            (
                refused(
                    422,
                    "",
                    &[("/shifts/2/person", "there is no account \"nemo\"")],
                ),
                "第 3 班：没有这个账号",
            ),
            (
                refused(422, "", &[("/shifts/0", "ends before it begins")]),
                "第 1 班：结束不晚于开始",
            ),
            (refused(422, "", &[("/text", "is missing")]), "还没有写内容"),
            (
                refused(403, "Your role may not do this.", &[]),
                "您的角色不能做这件事，或这个岗位不是您的",
            ),
            (
                refused(429, "The old password was wrong too often.", &[]),
                "旧密码错得太多次，请过几分钟再试",
            ),
        ] {
            assert_eq!(said(Language::Zh, &problem), zh);
        }
    }

    #[test]
    fn a_reason_nobody_has_words_for_is_told_as_it_came() {
        let strange = refused(422, "", &[("/posts", "more than 500")]);
        assert_eq!(said(Language::En, &strange), "posts: more than 500");
        let unreached = Problem {
            status: None,
            detail: None,
            errors: Vec::new(),
        };
        assert_eq!(said(Language::Zh, &unreached), "连不上服务器");
    }
}
