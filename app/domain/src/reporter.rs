//! Who reported, as far as it is shown: a name and a phone made unreadable but for what helps to recognise a call.

/// `陈*`: the first letter, and nothing of how many follow. Of somebody who asked to be kept secret nothing at all.
pub fn masked_name(name: &str, confidential: bool) -> String {
    match name.trim().chars().next() {
        None => String::new(),
        Some(_) if confidential => "*".to_owned(),
        Some(first) => format!("{first}*"),
    }
}

/// `138****0000`: of a mobile number what its network and its last digits are; of shorter ones less.
pub fn masked_phone(phone: &str, confidential: bool) -> String {
    let letters: Vec<char> = phone.trim().chars().collect();
    let (head, tail) = match letters.len() {
        0 => return String::new(),
        _ if confidential => (0, 0),
        11.. => (3, 4),
        8..=10 => (2, 2),
        _ => (0, 0),
    };
    let kept = |part: &[char]| part.iter().collect::<String>();
    format!(
        "{}****{}",
        kept(&letters[..head]),
        kept(&letters[letters.len() - tail..])
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_caller_is_recognised_and_not_known() {
        for (name, shown) in [
            ("陈女士", "陈*"),
            ("陈", "陈*"),
            ("John Smith", "J*"),
            (" ", ""),
            ("", ""),
        ] {
            assert_eq!(masked_name(name, false), shown);
        }
        for (phone, shown) in [
            ("13800000000", "138****0000"),
            ("+8613800000000", "+86****0000"),
            ("0769-22112211", "076****2211"),
            ("22112211", "22****11"),
            ("12345", "****"),
            ("1", "****"),
            ("", ""),
        ] {
            assert_eq!(masked_phone(phone, false), shown);
        }
        assert_eq!(masked_name("陈女士", true), "*");
        assert_eq!(masked_phone("13800000000", true), "****");
    }

    proptest! {
        #[test]
        fn at_least_four_letters_of_a_phone_stay_hidden(phone in "[0-9+ -]{4,30}", secret: bool) {
            let plain = phone.trim();
            let shown = masked_phone(plain, secret);
            let told = shown.chars().filter(|letter| *letter != '*').count();
            prop_assert!(told + 4 <= plain.chars().count().max(4), "{plain} {shown}");
        }
    }
}
