//! Empties functions that the page holds but never calls, so that wasm-opt drops them with all they need.
//! Must only name what cannot run in our pages: a call would end the page with `unreachable`.

use walrus::{FunctionBuilder, FunctionKind, Module};

/// The bodies of hydration in steps, for lazily loaded routes and suspense. Every erased view carries one in its table
/// of functions; our pages hydrate at once (`leptos::mount::hydrate_body`) and use neither.
/// Only the futures' own code is named (as the compiler mangles it): their drop glue may be shared with others.
const NEVER_CALLED: [&str; 1] = ["13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$"];

/// Gives every function whose name says so a body that only traps.
pub fn never_called(module: &mut Module) {
    let doomed: Vec<_> = module
        .funcs
        .iter()
        .filter(|function| matches!(function.kind, FunctionKind::Local(_)))
        .filter(|function| {
            let name = function.name.as_deref().unwrap_or_default();
            NEVER_CALLED.iter().any(|part| name.contains(part))
        })
        .map(|function| function.id())
        .collect();
    for id in doomed {
        let kind = module.types.get(module.funcs.get(id).ty());
        let (parameters, results) = (kind.params().to_vec(), kind.results().to_vec());
        let mut body = FunctionBuilder::new(&mut module.types, &parameters, &results);
        body.func_body().unreachable();
        let arguments = parameters
            .iter()
            .map(|kind| module.locals.add(*kind))
            .collect();
        let trap = body.local_func(arguments);
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap);
    }
}
