//! How callers' words are indexed, asked for, compared and understood.

use domain::category::CategoryCode;
use domain::city::TextRule;
use domain::text::{Proposal, TextRules, bigrams, index_text, query_text, similarity};
use proptest::prelude::*;

#[test]
fn a_text_is_cut_into_pairs_and_words() {
    assert_eq!(
        bigrams("虎门大桥，G4 高速ＡＢ１２"),
        ["虎门", "门大", "大桥", "g4", "高速", "ab12"]
    );
    assert_eq!(bigrams("火"), ["火"]);
    assert_eq!(bigrams("A火B"), ["a", "火", "b"]);
    assert_eq!(bigrams("　！？"), Vec::<String>::new());
    assert_eq!(index_text("灭火 now"), "灭火 火 now");
}

#[test]
fn a_query_is_phrases_and_words_that_must_all_occur() {
    assert_eq!(
        query_text("虎门大桥 fire"),
        "\"虎门 门大 大桥\" AND \"fire\""
    );
    assert_eq!(query_text("火"), "\"火\"*");
    assert_eq!(
        query_text("\" OR NEAR(a*, 1) -b"),
        "\"or\" AND \"near\" AND \"a\" AND \"1\" AND \"b\""
    );
    assert_eq!(query_text("…"), "\"\"");
    assert_eq!(query_text(&"a ".repeat(500)).matches(" AND ").count(), 31);
}

#[test]
fn two_calls_about_one_burst_pipe_are_alike() {
    let first = "虎门镇人民路水管爆裂，路面积水";
    let second = "人民路水管爆裂积水严重";
    let other = "南城街道有人占道经营";
    assert!(similarity(first, second) > 0.4);
    assert!(similarity(first, other) < 0.05);
    assert_eq!(similarity("", ""), 0.0);
    assert_eq!(similarity("ＦＩＲＥ", "fire"), 1.0);
}

fn code(text: &str) -> CategoryCode {
    text.parse().unwrap()
}

fn rules() -> TextRules {
    let rule = |category: &str, words: &[&str], all: bool, weight: f64| TextRule {
        category: code(category),
        words: words.iter().map(ToString::to_string).collect(),
        all,
        with: Vec::new(),
        unless: Vec::new(),
        weight,
    };
    TextRules::new(&[
        rule("E0406", &["着火", "火灾"], false, 10.0),
        rule("E0406", &["fire"], false, 6.0),
        rule("E0403", &["Gas", "leak"], true, 10.0),
        rule("E0405", &["积水"], false, 9.0),
        rule("E0301", &["水管"], false, 9.0),
    ])
}

#[test]
fn words_suggest_a_category_and_say_which() {
    let fire = rules().propose("三楼着火了！FIRE! 火灾");
    let words = vec!["着火".to_owned(), "火灾".to_owned(), "fire".to_owned()];
    assert_eq!(
        fire,
        Proposal::Category {
            code: code("E0406"),
            weight: 16.0,
            words
        }
    );
    let leak = rules().propose("There is a ｇａｓ leak");
    assert!(matches!(leak, Proposal::Category { code: found, .. } if found == code("E0403")));
    assert_eq!(
        rules().propose("gasoline leak"),
        Proposal::Nothing,
        "gasoline is not gas"
    );
    assert_eq!(
        rules().propose("a leak"),
        Proposal::Nothing,
        "all words are needed"
    );
    assert_eq!(
        rules().propose("水管积水"),
        Proposal::Tie(vec![code("E0301"), code("E0405")])
    );
    assert_eq!(rules().propose(""), Proposal::Nothing);
    assert!(
        matches!(rules().propose("消防fire车"), Proposal::Category { .. }),
        "beside Chinese a word is whole"
    );
}

proptest! {
    #[test]
    fn a_query_is_always_well_formed(text in "\\PC{0,80}|[\"'*^():{}+\\-虎门火a ]{0,40}") {
        let query = query_text(&text);
        for part in query.split(" AND ") {
            let phrase = part.strip_suffix('*').unwrap_or(part);
            let inner = phrase.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap();
            prop_assert!(inner.chars().all(|c| c.is_alphanumeric() || c == ' '), "{}", query);
            prop_assert!(query == "\"\"" || !inner.is_empty());
        }
    }

    #[test]
    fn any_part_of_a_text_is_found_in_it(text in "[虎门镇大桥火灾路]{2,20}", from in 0usize..18, length in 1usize..18) {
        let part: String = text.chars().skip(from % text.chars().count()).take(length).collect();
        let indexed = format!(" {} ", index_text(&text));
        let query = query_text(&part);
        let asked = query.trim_end_matches('*').trim_matches('"');
        let found = if query.ends_with('*') {
            indexed.contains(&format!(" {asked}"))
        } else {
            indexed.contains(&format!(" {asked} "))
        };
        prop_assert!(found, "{} in {}", query, indexed);
    }

    #[test]
    fn likeness_is_symmetric_and_bounded(a in "[虎门镇大桥火灾路a-c ]{0,20}", b in "[虎门镇大桥火灾路a-c ]{0,20}") {
        let alike = similarity(&a, &b);
        prop_assert!((0.0..=1.0).contains(&alike));
        prop_assert_eq!(alike, similarity(&b, &a));
        prop_assert_eq!(similarity(&a, &a), if bigrams(&a).is_empty() { 0.0 } else { 1.0 });
    }

    #[test]
    fn rules_answer_to_any_text(text in "\\PC{0,80}") {
        let _ = rules().propose(&text);
    }
}

/// What a sentence means is not what it names.
#[test]
fn a_sentence_is_read_for_what_it_means() {
    let rule = |category: &str, words: &[&str]| TextRule {
        category: code(category),
        words: words.iter().map(ToString::to_string).collect(),
        all: false,
        with: Vec::new(),
        unless: Vec::new(),
        weight: 10.0,
    };
    let rules = TextRules::new(&[
        rule("C0102", &["井盖"]),
        rule("C0106", &["路灯"]),
        rule("E0405", &["积水"]),
        rule("E0501", &["摆摊"]),
    ]);
    let found = |text: &str| match rules.propose(text) {
        Proposal::Category { code, .. } => code.to_string(),
        Proposal::Tie(_) => "several".to_owned(),
        Proposal::Nothing => "nothing".to_owned(),
    };
    let cases = [
        // Denied.
        ("不是井盖的问题，是路灯", "C0106"),
        ("不是井盖，而是路灯不亮", "C0106"),
        ("并非路灯，是井盖没了", "C0102"),
        ("路灯倒没什么，井盖松了", "C0102"),
        ("井盖松了，跟路灯没有关系", "C0102"),
        ("别再当成路灯派单了，是积水", "E0405"),
        // A question is no denial.
        ("是不是井盖松了", "C0102"),
        // Over, and not over.
        ("井盖已经修好了，现在路灯不亮", "C0106"),
        ("井盖已经修好了，不用派人来了", "nothing"),
        ("井盖一直没修好", "C0102"),
        ("请尽快把井盖修好", "C0102"),
        // Named besides, as a landmark, in fear, from before.
        ("井盖松了，旁边还有人摆摊", "C0102"),
        ("摆摊就先不说了，路灯不亮", "C0106"),
        ("路灯旁边有个井盖松了", "C0102"),
        ("路灯全灭了，怕踩到井盖", "C0106"),
        ("以前是积水，现在换成路灯", "C0106"),
        ("虽然有人摆摊，但最要紧的是井盖", "C0102"),
        // For people.
        ("井盖松了，路灯也灭了，两件事都要处理", "several"),
        ("不知道是井盖还是路灯", "several"),
        ("咨询一下路灯归谁管", "nothing"),
        // Cantonese.
        ("呢度嘅路灯唔着", "C0106"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), expected, "{text}");
    }
}

proptest! {
    /// Any text is read to the end, whatever it breaks off in.
    #[test]
    fn any_text_is_read(text in "[，。！不是而没有修好旁边的火灾着 a-z]{0,40}") {
        let _ = rules().propose(&text);
    }
}
