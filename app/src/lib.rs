//! The pages of Gulou, for server and browser.
//! The first render is equal on both: no clock, locale, random or window in a view body.

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!(
    "`ssr` and `hydrate` must never be built together (every event handler would die): build by `-p`, not `--workspace`"
);

use leptos::prelude::*;

/// The document around the app: rendered by the server only, so it may name the bundle's files.
#[cfg(feature = "ssr")]
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let package = format!("/{}", options.site_pkg_dir);
    view! {
        <!DOCTYPE html>
        <html lang="zh-CN">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>"鼓楼 Gulou"</title>
                <link rel="stylesheet" href=format!("{package}/main.css")/>
                <HydrationScripts options/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The whole app; the same tree on server and browser.
#[component]
pub fn App() -> impl IntoView {
    let strokes = RwSignal::new(0_u32);
    view! {
        <main>
            <h1>"鼓楼"</h1>
            <button data-testid="strokes" on:click=move |_| strokes.update(|count| *count += 1)>
                {move || strokes.get()}
            </button>
        </main>
    }
}
