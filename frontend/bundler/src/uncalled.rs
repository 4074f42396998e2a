//! Leaves out of the wasm what is in it only because its address is taken. Leptos keeps for every view the way to wait for
//! its parts while a page is taken over; our pages are taken over at once, so nobody goes that way. A function emptied here
//! traps if it is called all the same, and every browser test would say so.
//!
//! The compiler folds equal functions into one, so a body under one name may be another's too. Only the steps of such a
//! waiting are emptied: each tells its own place in the source when it is driven on after its end, and so equals nothing else.

use std::error::Error;

use wasm_bindgen_cli_support::Output;

/// How the names of those steps go on behind their type; a hash follows.
const UNCALLED: &str = "::hydrate_async::{{closure}}::h";
const HASH_DIGITS: usize = 16;

/// Fails where there is none: then Leptos has changed, and this file is to be looked at again.
pub fn empty(output: &mut Output) -> Result<(), Box<dyn Error + Send + Sync>> {
    let functions = &mut output.wasm_mut().funcs;
    let uncalled: Vec<_> = functions
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| {
            let name = functions.get(*id).name.as_deref();
            name.is_some_and(is_uncalled)
        })
        .collect();
    if uncalled.is_empty() {
        return Err(
            format!("no function of the wasm is named {UNCALLED}…: see uncalled.rs").into(),
        );
    }
    for id in uncalled {
        let function = functions.get_mut(id).kind.unwrap_local_mut();
        let mut body = function.builder_mut().func_body();
        body.instrs_mut().clear();
        body.unreachable();
    }
    Ok(())
}

fn is_uncalled(name: &str) -> bool {
    name.split_once(UNCALLED)
        .is_some_and(|(_, hash)| hash.len() == HASH_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_steps_themselves_are_uncalled() {
        let step = "<tachys::A as tachys::view::RenderHtml>::hydrate_async::{{closure}}";
        let hash = "::h710aca069f9bd701";
        assert!(is_uncalled(&format!("{step}{hash}")));
        // What is inside one is the same as inside its counterpart that does not wait, and is shared with it.
        assert!(!is_uncalled(&format!("{step}::inner_1{hash}")));
        assert!(!is_uncalled(&format!(
            "core::ptr::drop_in_place<{step}>{hash}"
        )));
        assert!(!is_uncalled(&format!("<tachys::A>::hydrate_async{hash}")));
    }
}
