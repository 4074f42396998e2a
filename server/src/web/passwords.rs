//! Which passwords are good enough: long, not among those tried first, not made of the account's own name. No rule about
//! kinds of characters, which only makes people write `Password1!` (NIST SP 800-63B-4, 3.1.1.2).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::ids::AccountName;
use tokio::sync::Semaphore;

pub const SHORTEST: usize = 10;
/// Longer ones would only be work for the hash.
pub const LONGEST: usize = 256;
/// Fewer different characters than this are a pattern, whatever the length.
const FEWEST_DIFFERENT: usize = 5;
/// A name shorter than this is found in too many good passwords.
const SHORTEST_NAME: usize = 3;
/// So many characters beside a common word or the name make a password of their own.
const ENOUGH_BESIDE: usize = 8;

/// Hashing is meant to be slow: two at a time leave the server its breath, and no more wait for their turn than are
/// answered within some seconds.
static HASHERS: Semaphore = Semaphore::const_new(2);
static WAITING: Semaphore = Semaphore::const_new(32);

static COMMON: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    include_str!("passwords/common.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect()
});

/// Lines under one's fingers and in everybody's head; a stretch of one, forwards or backwards, is no secret.
const WALKS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
];

/// What is wrong with a password, in words for whoever chose it; empty when it is good enough.
pub fn faults(password: &str, name: &AccountName) -> Vec<String> {
    let mut faults = Vec::new();
    let length = password.chars().count();
    if length < SHORTEST {
        faults.push(format!("a password has at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        faults.push(format!("a password has at most {LONGEST} characters"));
        return faults;
    }
    let plain = password.to_lowercase();
    if plain.chars().collect::<BTreeSet<_>>().len() < FEWEST_DIFFERENT || is_walk(&plain) {
        faults.push("it is a simple pattern".into());
    } else if is_common(&plain) {
        faults.push("it is one of the passwords that are tried first".into());
    }
    let name = name.as_str().to_lowercase();
    let beside = |name: &str| length.saturating_sub(name.chars().count());
    if name.chars().count() >= SHORTEST_NAME
        && plain.contains(&name)
        && beside(&name) < ENOUGH_BESIDE
    {
        faults.push("it is the account's own name with little else".into());
    }
    faults
}

fn is_walk(plain: &str) -> bool {
    let length = plain.chars().count();
    let backwards: String = plain.chars().rev().collect();
    length >= 4
        && WALKS
            .iter()
            .any(|walk| walk.contains(plain) || walk.contains(&backwards))
}

/// As it stands, or a common word with digits and signs around it, or in the place of letters.
fn is_common(plain: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .map(|letter| match letter {
                '0' => 'o',
                '1' | '!' => 'i',
                '3' => 'e',
                '4' | '@' => 'a',
                '5' | '$' => 's',
                '7' => 't',
                other => other,
            })
            .collect()
    };
    let trimmed = |text: &str| {
        text.trim_matches(|letter: char| !letter.is_alphabetic())
            .to_owned()
    };
    if COMMON.contains(plain) || COMMON.contains(letters(plain).as_str()) {
        return true;
    }
    let length = plain.chars().count();
    [
        trimmed(plain),
        letters(&trimmed(plain)),
        trimmed(&letters(plain)),
    ]
    .iter()
    .any(|core| {
        let beside = length.saturating_sub(core.chars().count());
        beside < ENOUGH_BESIDE && (COMMON.contains(core.as_str()) || is_twice_common(core))
    })
}

/// `passwordpassword`.
fn is_twice_common(core: &str) -> bool {
    let middle = core.len() / 2;
    core.is_char_boundary(middle)
        && core[..middle] == core[middle..]
        && COMMON.contains(&core[..middle])
}

/// Hashes a password for keeping (argon2id with the crate's recommended cost).
pub fn hash_password(password: &str) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| format!("failed to hash the password: {error}"))
}

fn verifies(hash: &str, password: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|parsed| {
        Argon2::default()
            .verify_password(password.as_bytes(), &parsed)
            .is_ok()
    })
}

/// Too many wait for their turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy;

/// Runs what hashes in its turn.
async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
    let _waits = WAITING.try_acquire().map_err(|_| Busy)?;
    let _turn = HASHERS.acquire().await.map_err(|_| Busy)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Busy)
}

/// A name nobody has costs as much time as a wrong password: then too one hash is worked out.
pub async fn fits(hash: Option<String>, password: String) -> Result<bool, Busy> {
    in_turn(move || match hash {
        Some(hash) => verifies(&hash, &password),
        None => {
            let _spent = hash_password(&password);
            false
        }
    })
    .await
}

pub async fn hashed(password: String) -> Result<Result<String, String>, Busy> {
    in_turn(move || hash_password(&password)).await
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn name(text: &str) -> AccountName {
        AccountName::new(text).expect("a name")
    }

    #[test]
    fn long_and_uncommon_is_good_whatever_it_is_made_of() {
        for good in [
            "correct horse battery staple",
            "晨钟暮鼓声声入耳岁岁平安",
            "tuesday rain on copper roofs",
            "vX9#kQ2-mLpz",
            "7492 0385 1166",
            "leader of nine small boats",
        ] {
            assert_eq!(
                faults(good, &name("leader")),
                Vec::<String>::new(),
                "{good}"
            );
        }
        assert!(
            faults(&"晨钟暮鼓声".repeat(50), &name("leader")).is_empty(),
            "250 characters"
        );
    }

    #[test]
    fn short_common_patterned_and_named_ones_are_told_why() {
        for (bad, why) in [
            ("short", "at least 10"),
            ("晨钟暮鼓声声入耳", "at least 10"),
            ("", "at least 10"),
            ("password123", "tried first"),
            ("Password2026", "tried first"),
            ("p@ssw0rd2026", "tried first"),
            ("2026dragon!!", "tried first"),
            ("passwordpassword", "tried first"),
            ("1q2w3e4r5t6y", "simple pattern"),
            ("QWERTYUIOP", "simple pattern"),
            ("0987654321", "simple pattern"),
            ("abcdefghijk", "simple pattern"),
            ("aaaaaaaaaaaa", "simple pattern"),
            ("ababababab12", "simple pattern"),
            ("shuiwu-2026", "own name"),
            ("2026SHUIWU!", "own name"),
        ] {
            let said = faults(bad, &name("shuiwu"));
            assert!(
                said.iter().any(|said| said.contains(why)),
                "{bad}: {said:?}"
            );
        }
        assert!(faults(&"ab3 ".repeat(65), &name("leader"))[0].contains("at most 256"));
    }

    #[test]
    fn the_list_is_there_and_in_lower_case() {
        assert!(COMMON.len() > 3_000, "{}", COMMON.len());
        assert!(COMMON.contains("dragon") && COMMON.contains("qwerty12345"));
    }

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hash = hash_password("晨钟暮鼓 2026").expect("hashes");
        assert!(verifies(&hash, "晨钟暮鼓 2026"));
        assert!(!verifies(&hash, "晨钟暮鼓 2027"));
        assert!(!verifies("not a hash", "晨钟暮鼓 2026"));
    }

    #[tokio::test]
    async fn a_name_nobody_has_costs_as_much_as_a_wrong_password() {
        let hash = hash_password("晨钟暮鼓 2026").expect("hashes");
        let mut least = [u128::MAX; 2];
        for _ in 0..4 {
            for (at, kept) in [Some(hash.clone()), None].into_iter().enumerate() {
                let begun = Instant::now();
                assert_eq!(fits(kept, "guess".into()).await, Ok(false));
                least[at] = least[at].min(begun.elapsed().as_micros());
            }
        }
        let [known, unknown] = least;
        assert!(
            known < 2 * unknown && unknown < 2 * known,
            "{known} µs for a known name, {unknown} µs for an unknown one"
        );
    }
}
