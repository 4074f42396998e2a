//! Holds the operator's page (OPERATOR.md, OPERATOR.en.md) to what one sees: every quoted word is one of the pages' or of
//! the pack's, every command has its key, every picture is there, and both languages have the same sections.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use app::office::words::Word as Office;
use app::pages::duty::words::Word as Duty;
use app::pages::people::words::Word as People;
use app::panels::key_of;
use app::panels::work::words::Word as Work;
use app::text::{Message, Words};
use domain::lifecycle::CommandName;

struct Manual {
    file: &'static str,
    labels: &'static str,
    quotes: (char, char),
    word: fn(Message) -> &'static str,
}

const MANUALS: [Manual; 2] = [
    Manual {
        file: "OPERATOR.md",
        labels: "labels.zh.toml",
        quotes: ('「', '」'),
        word: |message| message.both().0,
    },
    Manual {
        file: "OPERATOR.en.md",
        labels: "labels.en.toml",
        quotes: ('“', '”'),
        word: |message| message.both().1,
    },
];

fn root() -> PathBuf {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    server
        .parent()
        .expect("server lies in the repository")
        .to_owned()
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pack's words, by group and id.
fn labels(manual: &Manual) -> toml::Table {
    read(&format!("server/cities/dongguan/{}", manual.labels))
        .parse()
        .expect("labels are TOML")
}

fn said(manual: &Manual) -> BTreeSet<String> {
    let mut said: BTreeSet<String> = Message::ALL
        .iter()
        .map(|message| (manual.word)(*message).to_owned())
        .collect();
    let work = Work::ALL.iter().map(|word| word.both());
    let office = Office::ALL.iter().map(|word| word.both());
    let duty = Duty::ALL.iter().map(|word| word.both());
    let people = People::ALL.iter().map(|word| word.both());
    let beside = office.chain(duty).chain(people);
    said.extend(work.chain(beside).map(|(zh, en)| match manual.quotes.0 {
        '「' => zh.to_owned(),
        _ => en.to_owned(),
    }));
    for group in labels(manual).values() {
        let words = group.as_table().expect("a group of labels");
        said.extend(
            words
                .values()
                .filter_map(|word| Some(word.as_str()?.to_owned())),
        );
    }
    said
}

fn quoted(text: &str, (open, close): (char, char)) -> Vec<&str> {
    text.split(open)
        .skip(1)
        .map(|rest| rest.split(close).next().unwrap_or(rest))
        .collect()
}

#[test]
fn a_quotation_ends_where_its_mark_does() {
    assert_eq!(
        quoted("按「登录」或「退出」。", ('「', '」')),
        ["登录", "退出"]
    );
}

#[test]
fn every_quoted_word_is_on_the_screen() {
    for manual in &MANUALS {
        let (text, said) = (read(manual.file), said(manual));
        let quotes = quoted(&text, manual.quotes);
        assert!(quotes.len() > 200, "{} quotes little", manual.file);
        let unknown: Vec<_> = quotes
            .iter()
            .filter(|word| !said.contains(**word))
            .collect();
        assert!(
            unknown.is_empty(),
            "{}: no page says {unknown:?}",
            manual.file
        );
    }
}

#[test]
fn every_command_stands_with_its_key() {
    for manual in &MANUALS {
        let (text, labels) = (read(manual.file), labels(manual));
        let (open, close) = manual.quotes;
        for command in CommandName::ALL {
            let Some(key) = key_of(*command) else {
                continue;
            };
            let label = labels["command"][command.name()].as_str().expect("a word");
            let row = format!("`{}` | {open}{label}{close}", key.shown());
            assert!(text.contains(&row), "{}: {row} is missing", manual.file);
        }
    }
}

#[test]
fn every_picture_is_there_and_both_languages_have_the_same_sections() {
    let sections = |text: &str| text.lines().filter(|line| line.starts_with("## ")).count();
    let [zh, en] = MANUALS.each_ref().map(|manual| read(manual.file));
    assert_eq!(sections(&zh), sections(&en));
    for text in [&zh, &en] {
        let pictures: Vec<&str> = text
            .split("](end2end/")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .collect();
        assert!(pictures.len() > 8);
        for picture in pictures {
            assert!(
                root().join("end2end").join(picture).is_file(),
                "{picture} is not there"
            );
        }
    }
}
