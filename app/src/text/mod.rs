//! Every word the pages say by themselves, in Chinese and English, in one table.
//! Names of states, commands, roles and categories are the city pack's, not ours.

pub mod number;
mod table;
pub mod time;

use domain::language::Language;

pub use table::Message;
pub(crate) use table::messages;

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

    #[test]
    fn nothing_is_left_untranslated() {
        let messages = Message::ALL.iter().map(|message| message.both());
        let tools = crate::map::tools::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let field = crate::field::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let work = crate::panels::work::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let alarms = crate::panels::alarm_list::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let load = crate::pages::alarm_load::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let office = crate::office::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let duty = crate::pages::duty::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let people = crate::pages::people::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let audit = crate::pages::audit::words::Word::ALL
            .iter()
            .map(|word| word.both());
        let letters = crate::pages::letters::words::Word::ALL
            .iter()
            .map(|word| word.both());
        for (zh, en) in messages
            .chain(tools)
            .chain(work)
            .chain(field)
            .chain(load)
            .chain(alarms)
            .chain(office)
            .chain(duty)
            .chain(people)
            .chain(audit)
            .chain(letters)
        {
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
