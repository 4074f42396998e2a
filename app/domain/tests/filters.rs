//! The filter language as an operator types it, as another program sends it, and as nobody should.

use domain::filter::{Fields, Filter, MOST_NESTING, MOST_TERMS, Value};
use proptest::prelude::*;

/// A fire in Humen, overdue, nobody in charge yet.
struct FireInHumen;

impl Fields for FireInHumen {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "severity" => Some(Value::Number(2.0)),
            "town" => Some(Value::Text("虎门镇")),
            "category" => Some(Value::Text("E0401")),
            "grid" => Some(Value::Text("0301")),
            "overdue" => Some(Value::Flag(true)),
            "lead" => Some(Value::Null),
            "title" => Some(Value::Text("it's \"hot\" (very)")),
            _ => None,
        }
    }
}

fn passes(text: &str) -> bool {
    let filter = Filter::parse(text).unwrap_or_else(|reason| panic!("{text}: {reason}"));
    filter.matches(&FireInHumen)
}

fn canonical(text: &str) -> String {
    Filter::parse(text).unwrap().to_string()
}

fn mistake(text: &str) -> (usize, String) {
    let error = Filter::parse(text).unwrap_err();
    (error.at, error.reason)
}

#[test]
fn the_fire_in_humen_is_found_by_what_is_true_of_it() {
    for text in [
        "severity<=2 and town=虎门镇",
        "severity = 2",
        "severity>=1 and severity<3",
        "severity>1.5",
        "town in (长安镇, 虎门镇)",
        "category in (E0401)",
        "category>=E04 and category<E05",
        "grid=0301 and grid=\"0301\"",
        "overdue=true and not overdue=false",
        "overdue != false",
        "lead=null and unheard_of=null",
        "lead!=dg-fire",
        "town=长安镇 or severity<3 and overdue=true",
        "not (town=长安镇 or severity>3)",
        "NOT town=长安镇 AND overdue=true",
        "title='it''s \"hot\" (very)'",
        "（severity≤2）",
        "town＝“虎门镇” and severity≠3",
        "",
        "  ",
    ] {
        assert!(passes(text), "{text}");
    }
}

#[test]
fn the_fire_in_humen_is_not_found_by_what_is_false_of_it() {
    for text in [
        "severity<2",
        "severity='2'",
        "severity=二",
        "town=长安镇",
        "town in (长安镇, 南城)",
        "town<3 and town>3",
        "overdue<true",
        "overdue=1",
        "lead<null",
        "lead<5",
        "unheard_of=1",
        "town=长安镇 or severity<3 and overdue=false",
        "(town=虎门镇 or severity<3) and overdue=false",
    ] {
        assert!(!passes(text), "{text}");
    }
}

#[test]
fn a_filter_is_written_back_in_one_way() {
    assert_eq!(
        canonical(" severity <=2   AND town = '虎门镇' "),
        "severity<=2 and town=虎门镇"
    );
    assert_eq!(
        canonical("((a=1) and (b=2 and c=3)) or d=4"),
        "a=1 and b=2 and c=3 or d=4"
    );
    assert_eq!(canonical("(a=1 or b=2)and(c=3)"), "(a=1 or b=2) and c=3");
    assert_eq!(canonical("not(a=1 and b=2)"), "not (a=1 and b=2)");
    assert_eq!(canonical("a in(x,'y z',\"2\")"), "a in (x,'y z','2')");
    assert_eq!(
        canonical("a='' or a='and' or a='null'"),
        "a='' or a='and' or a='null'"
    );
    assert_eq!(canonical("a='it''s'"), "a=\"it's\"");
    assert_eq!(canonical(""), "");
}

#[test]
fn a_mistake_says_where_and_what() {
    assert_eq!(
        mistake("town=虎门镇 severity=2"),
        (
            9,
            "expected 'and', 'or' or the end, found 'severity'".into()
        )
    );
    assert_eq!(
        mistake("town="),
        (5, "expected a value, found the end".into())
    );
    assert_eq!(mistake("(a=1"), (4, "expected ')', found the end".into()));
    assert_eq!(
        mistake("a=1)"),
        (3, "expected 'and', 'or' or the end, found ')'".into())
    );
    assert_eq!(
        mistake("a in ()"),
        (6, "expected a value, found ')'".into())
    );
    assert_eq!(
        mistake("a ~ 1"),
        (2, "expected =, !=, <, <=, >, >= or 'in', found '~'".into())
    );
    assert_eq!(mistake("a!1"), (1, "'!' needs '=' behind it".into()));
    assert_eq!(mistake("a='x"), (2, "the quote is never closed".into()));
    assert_eq!(mistake("镇=虎门").0, 0);
    assert_eq!(mistake("and=1").0, 0);
    assert_eq!(mistake("a\u{0}=1").0, 1);
    let unknown =
        Filter::parse_for("severity=1 and colour=red", &["severity", "town"]).unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "filter, character 16: unknown field 'colour'; known: severity, town"
    );
    assert!(Filter::parse_for("severity=1", &["severity"]).is_ok());
}

#[test]
fn a_filter_has_limits() {
    let nested = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(MOST_NESTING)).is_ok());
    assert!(
        Filter::parse(&nested(MOST_NESTING + 1))
            .unwrap_err()
            .reason
            .contains("deep")
    );
    assert!(Filter::parse(&format!("{}a=1", "not ".repeat(MOST_NESTING + 1))).is_err());
    let listed = |count: usize| format!("a in ({})", vec!["x"; count].join(","));
    assert!(Filter::parse(&listed(MOST_TERMS)).is_ok());
    assert!(
        Filter::parse(&listed(MOST_TERMS + 1))
            .unwrap_err()
            .reason
            .contains("comparisons")
    );
    assert!(
        Filter::parse(&"(".repeat(1_001))
            .unwrap_err()
            .reason
            .contains("bytes")
    );
    assert!(Filter::parse(&"(".repeat(1_000)).is_err());
    // Short as typed, too long once the spaces are written: refused, so that what is stored can be read again.
    let tight = |spaces: usize| format!("aa='{}'and b='1'", "x ".repeat(spaces));
    assert_eq!(tight(493).len(), 1_000);
    assert!(
        Filter::parse(&tight(493))
            .unwrap_err()
            .reason
            .contains("written out")
    );
    assert_eq!(
        Filter::parse(&tight(492)).unwrap().to_string().len(),
        tight(492).len() + 1
    );
}

#[test]
fn a_filter_survives_the_journal_and_json() {
    let filter = Filter::parse("severity<=2 and town in (虎门镇, '长安 镇')").unwrap();
    let bytes = postcard::to_allocvec(&filter).unwrap();
    assert_eq!(postcard::from_bytes::<Filter>(&bytes).unwrap(), filter);
    assert_eq!(
        serde_json::to_string(&filter).unwrap(),
        "\"severity<=2 and town in (虎门镇,'长安 镇')\""
    );
    assert!(serde_json::from_str::<Filter>("\"severity<\"").is_err());
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9虎门镇._:-]{1,6}",
        "-?[0-9]{1,4}(\\.[0-9]{1,3})?",
        Just("true".to_owned()),
        Just("null".to_owned()),
        "'[a-z \"=(),虎镇]{0,6}'",
        "\"[a-z '=(),虎镇]{0,6}\"",
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let comparison = prop_oneof![
        (
            "[a-z_]{5,9}",
            prop_oneof![
                Just("="),
                Just(" != "),
                Just("<"),
                Just("<="),
                Just(" >"),
                Just(">=")
            ],
            literal()
        )
            .prop_map(|(field, operator, literal)| format!("{field}{operator}{literal}")),
        ("[a-z_]{5,9}", proptest::collection::vec(literal(), 1..4))
            .prop_map(|(field, literals)| format!("{field} in ({})", literals.join(", "))),
    ];
    comparison.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            inner.clone().prop_map(|inner| format!("(({inner}))")),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.join(" and ")),
            proptest::collection::vec(inner, 2..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_back_is_the_same_filter(text in condition()) {
        if let Ok(filter) = Filter::parse(&text) {
            let written = filter.to_string();
            let again = Filter::parse(&written).unwrap();
            prop_assert_eq!(&again, &filter);
            prop_assert_eq!(again.to_string(), written);
        } else {
            prop_assert!(text.len() > 900, "a well-formed filter is refused only for its size: {}", text);
        }
    }

    #[test]
    fn no_text_brings_the_parser_down(text in "\\PC{0,60}|[()'\"=!<>,a虎 ]{0,80}|(not |\\(){0,40}(a=1|b in \\(1,)") {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
        }
    }
}
