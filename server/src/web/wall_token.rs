//! The long-lived token that lets an unattended screen sign itself in. It is made of the account's own secret and kept
//! nowhere: disabling the account ends it, and every session it began, at once.

use std::sync::Arc;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::account::{Account, Role};
use domain::ids::AccountName;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Office;

pub const WALL_COOKIE: &str = "gulou_wall";

const PREFIX: &str = "gw_";
/// Browsers keep no cookie longer (RFC 6265bis, 5.5); it is renewed with every load of the page.
const COOKIE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// The token of a wall's account; only accounts of the role `wall` have one.
pub fn wall_token(account: &Account) -> Result<String, String> {
    if account.role != Role::Wall {
        return Err(format!(
            "{} is a {}; only an account of role wall signs in by a token",
            account.name, account.role
        ));
    }
    if account.disabled {
        return Err(format!("{} is disabled", account.name));
    }
    let name = URL_SAFE_NO_PAD.encode(account.name.as_str());
    let proof = URL_SAFE_NO_PAD.encode(keyed(account).finalize().into_bytes());
    Ok(format!("{PREFIX}{name}.{proof}"))
}

/// The salted hash of the password is a secret of 256 bits that ends with the password.
fn keyed(account: &Account) -> Hmac<Sha256> {
    let mut keyed = Hmac::<Sha256>::new_from_slice(account.password_hash.as_bytes())
        .expect("HMAC takes a key of any length");
    keyed.update(b"gulou wall token 1 ");
    keyed.update(account.name.as_str().as_bytes());
    keyed
}

fn parts(token: &str) -> Option<(AccountName, Vec<u8>)> {
    let (name, proof) = token.strip_prefix(PREFIX)?.split_once('.')?;
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()?;
    Some((
        AccountName::new(&name).ok()?,
        URL_SAFE_NO_PAD.decode(proof).ok()?,
    ))
}

/// Whether a token is this account's, in time that does not depend on how much of it is right.
fn is_of(account: &Account, proof: &[u8]) -> bool {
    account.role == Role::Wall && !account.disabled && keyed(account).verify_slice(proof).is_ok()
}

impl Office {
    /// The wall's account that a token was made for, if it may still come in.
    pub fn wall_of(&self, token: &str) -> Option<Arc<Account>> {
        let (name, proof) = parts(token)?;
        self.back
            .account(&name)
            .filter(|account| self.admits(account) && is_of(account, &proof))
    }
}

/// The line that lets the browser keep the token, out of reach of scripts and of other sites.
pub fn kept_line(token: &str, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{WALL_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}"
    ))
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, role: Role, hash: &str) -> Account {
        Account {
            name: AccountName::new(name).expect("a name"),
            role,
            department: None,
            town: None,
            password_hash: hash.to_owned(),
            disabled: false,
            demo: false,
        }
    }

    #[test]
    fn a_token_opens_its_own_wall_until_the_account_is_disabled_or_its_secret_changes() {
        let hall = account("大厅", Role::Wall, "$argon2id$a");
        let token = wall_token(&hall).expect("a token");
        let (name, proof) = parts(&token).expect("a token's parts");
        assert_eq!(name, hall.name);
        assert!(is_of(&hall, &proof));
        let disabled = Account {
            disabled: true,
            ..hall.clone()
        };
        assert!(!is_of(&disabled, &proof));
        assert!(!is_of(&account("大厅", Role::Wall, "$argon2id$b"), &proof));
        assert!(!is_of(&account("lobby", Role::Wall, "$argon2id$a"), &proof));
        assert!(!is_of(
            &account("大厅", Role::ShiftLeader, "$argon2id$a"),
            &proof
        ));
    }

    #[test]
    fn only_a_wall_has_a_token_and_nonsense_is_none() {
        assert!(wall_token(&account("leader", Role::ShiftLeader, "x")).is_err());
        for nonsense in ["", "gw_", "gw_.", "gw_%%.aa", "gk_abc"] {
            assert!(parts(nonsense).is_none(), "{nonsense:?}");
        }
    }
}
