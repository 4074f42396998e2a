//! Every word the pages say by themselves, in Chinese and English, in one table.
//! Names of states, commands, roles and categories are the city pack's, not ours.

pub mod number;
mod table;
pub mod time;

use domain::language::Language;

pub use table::Message;

/// The message in a language.
pub fn text(language: Language, message: Message) -> &'static str {
    let (zh, en) = message.both();
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// The message with its `{placeholders}` filled in.
pub fn filled(language: Language, message: Message, values: &[(&str, &str)]) -> String {
    let mut whole = text(language, message).to_owned();
    for (name, value) in values {
        whole = whole.replace(&format!("{{{name}}}"), value);
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn nothing_is_left_untranslated() {
        for message in Message::ALL {
            let (zh, en) = message.both();
            assert!(
                !zh.trim().is_empty() && !en.trim().is_empty(),
                "{message:?} is empty in a language"
            );
            assert_eq!(
                placeholders(zh),
                placeholders(en),
                "{message:?} has other placeholders in English"
            );
        }
    }

    #[test]
    fn placeholders_are_filled_in_both_languages() {
        let zh = filled(Language::Zh, Message::Reconnecting, &[("n", "3")]);
        let en = filled(Language::En, Message::Reconnecting, &[("n", "3")]);
        assert!(zh.contains('3') && !zh.contains('{'), "{zh}");
        assert!(en.contains('3') && !en.contains('{'), "{en}");
    }
}
