//! Leaves out of the wasm what is in it only because its address is taken. Leptos keeps for every view the way to wait for
//! its parts while a page is taken over; our pages are taken over at once, so nobody goes that way. A function emptied here
//! traps if it is called all the same, and every browser test would say so.
//!
//! The compiler folds equal functions into one, so a body under one name may be another's too. Only the steps of such a
//! waiting are emptied: each tells its own place in the source when it is driven on after its end, and so equals nothing else.

use walrus::Module;

/// How the names of those steps go on behind their type; a hash follows.
const UNCALLED: &str = "::hydrate_async::{{closure}}::h";
/// The same as the compiler writes it, in parts that have no bindings; behind the hash stands an E.
const UNCALLED_MANGLED: &str = "13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h";
const HASH_DIGITS: usize = 16;

/// How many were emptied.
pub fn empty(module: &mut Module) -> usize {
    let functions = &mut module.funcs;
    let uncalled: Vec<_> = functions
        .iter_local()
        .map(|(id, _)| id)
        .filter(|id| {
            let name = functions.get(*id).name.as_deref();
            name.is_some_and(is_uncalled)
        })
        .collect();
    let many = uncalled.len();
    for id in uncalled {
        let function = functions.get_mut(id).kind.unwrap_local_mut();
        let mut body = function.builder_mut().func_body();
        body.instrs_mut().clear();
        body.unreachable();
    }
    many
}

fn is_uncalled(name: &str) -> bool {
    let plain = name.split_once(UNCALLED).map(|(_, hash)| hash);
    let mangled = name.split_once(UNCALLED_MANGLED);
    let hash = plain.or_else(|| mangled?.1.strip_suffix('E'));
    hash.is_some_and(|hash| hash.len() == HASH_DIGITS)
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
        let mangled =
            "_ZN53_$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$8into_any13hydrate_async";
        assert!(is_uncalled(&format!(
            "{mangled}28_$u7b$$u7b$closure$u7d$$u7d$17h23f3d23498eb9b17E"
        )));
        assert!(!is_uncalled(&format!("{mangled}17h726c49285d2f0719E")));
    }
}
