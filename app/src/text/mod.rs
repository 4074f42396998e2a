//! Every word the pages say by themselves, in Chinese and English, in one table.
//! Names of states, commands, roles and categories are the city pack's, not ours.

pub mod number;
mod table;
pub mod time;

use domain::language::Language;

pub use table::Message;
pub(crate) use table::messages;

/// A table of words that pages say by themselves.
pub trait Words: Copy + Send + Sync + 'static {
    const ALL: &'static [Self];
    /// Chinese, then English.
    fn both(self) -> (&'static str, &'static str);
}

pub fn in_language(language: Language, (zh, en): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// The message in a language.
pub fn text(language: Language, message: Message) -> &'static str {
    message.text(language)
}

/// The message with its `{placeholders}` filled in.
pub fn filled(language: Language, message: Message, values: &[(&str, &str)]) -> String {
    message.filled(language, values)
}

pub(crate) fn filled_in(text: &str, values: &[(&str, &str)]) -> String {
    let mut whole = text.to_owned();
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

    fn both<W: Words>() -> Vec<(&'static str, &'static str)> {
        W::ALL.iter().map(|word| word.both()).collect()
    }

    #[test]
    fn nothing_is_left_untranslated() {
        let tables = [
            both::<Message>(),
            both::<crate::map::far::words::Word>(),
            both::<crate::map::tools::words::Word>(),
            both::<crate::field::words::Word>(),
            both::<crate::files::words::Word>(),
            both::<crate::panels::work::words::Word>(),
            both::<crate::panels::alarm_list::words::Word>(),
            both::<crate::panels::notice_list::words::Word>(),
            both::<crate::pages::alarm_load::words::Word>(),
            both::<crate::pages::duty::words::Word>(),
            both::<crate::pages::people::words::Word>(),
            both::<crate::pages::audit::words::Word>(),
            both::<crate::pages::letters::words::Word>(),
            both::<crate::office::words::Word>(),
        ];
        for (zh, en) in tables.concat() {
            assert!(
                !zh.trim().is_empty() && !en.trim().is_empty(),
                "{zh}/{en} is empty in a language"
            );
            assert_eq!(
                placeholders(zh),
                placeholders(en),
                "{zh} has other placeholders in English"
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
