//! The colours of both themes can be told apart: 4.5:1 for text, 3:1 for graphics (WCAG 2.2 AA).
//! Boundaries and land against water are ground and exempt.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../style/tokens.css");

type Theme = BTreeMap<String, [f64; 3]>;

/// The tokens of the first block whose selector holds `selector`.
fn theme(selector: &str) -> Theme {
    let (_, from) = TOKENS
        .split_once(selector)
        .unwrap_or_else(|| panic!("no {selector} in tokens.css"));
    let (_, block) = from.split_once('{').expect("a block");
    let (block, _) = block.split_once('}').expect("a block that ends");
    let mut theme = Theme::new();
    for line in block.lines() {
        let Some((name, value)) = line.trim().trim_end_matches(';').split_once(": #") else {
            continue;
        };
        let part = |at: usize| {
            f64::from(u8::from_str_radix(&value[at..at + 2], 16).expect("two hex digits")) / 255.0
        };
        theme.insert(name.to_owned(), [part(0), part(2), part(4)]);
    }
    theme
}

/// Relative luminance of WCAG 2.2.
fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn hold(theme: &Theme, name: &str, fore: &[&str], back: &[&str], least: f64) {
    for over in fore {
        for under in back {
            let ratio = contrast(theme[*over], theme[*under]);
            assert!(
                ratio >= least,
                "{name}: {over} on {under} is {ratio:.2}:1, at least {least}:1 is owed"
            );
        }
    }
}

#[test]
fn text_and_marks_stand_out_in_both_themes() {
    for (name, selector) in [
        ("night", "[data-theme=\"night\"]"),
        ("day", "[data-theme=\"day\"]"),
    ] {
        let theme = theme(selector);
        let grounds = ["--ground", "--panel", "--raised"];
        hold(
            &theme,
            name,
            &["--text", "--secondary", "--faint"],
            &grounds,
            4.5,
        );
        hold(
            &theme,
            name,
            &["--red", "--green", "--yellow", "--selection"],
            &grounds,
            4.5,
        );
        hold(&theme, name, &["--on-selection"], &["--selection"], 4.5);
        hold(
            &theme,
            name,
            &["--s1", "--s2", "--s3", "--s4"],
            &grounds,
            3.0,
        );
        hold(
            &theme,
            name,
            &["--s1", "--s2", "--s3", "--s4", "--secondary", "--selection"],
            &["--land", "--water"],
            3.0,
        );
    }
}

#[test]
fn the_systems_light_theme_is_the_day() {
    assert_eq!(
        theme("[data-theme=\"system\"]"),
        theme("[data-theme=\"day\"]")
    );
    assert_eq!(
        theme("[data-theme=\"night\"]").keys().collect::<Vec<_>>(),
        theme("[data-theme=\"day\"]").keys().collect::<Vec<_>>()
    );
}

#[test]
fn contrast_is_counted_as_the_standard_does() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    let grey = f64::from(0x76) / 255.0;
    assert!((contrast([grey; 3], [1.0; 3]) - 4.54).abs() < 0.01);
}
