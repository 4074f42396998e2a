//! The document around the app. Rendered by the server only, so it may name the bundle's files.

use base64::Engine;
use domain::language::Language;
use leptos::prelude::*;

use crate::pages::{App, Bundle};
use crate::start::{ELEMENT_ID, Page, Start, Theme};

/// `start` travels in the page twice: as what is shown, and as data for the browser's first render.
pub fn shell(options: LeptosOptions, start: Start) -> impl IntoView {
    let package = format!("/{}", options.site_pkg_dir);
    let language = match start.language {
        Language::Zh => "zh-CN",
        Language::En => "en",
    };
    let look = start.theme;
    let theme = look.name();
    // A wall writes as large as its seats need, from the first render on.
    let (page, root) = match &start.page {
        Page::Wall(wall) => (
            Some("wall"),
            Some(format!("font-size: {}", wall.seat.root_css())),
        ),
        _ => (None, None),
    };
    let title = format!("{} · 鼓楼 Gulou", start.city.name_in(start.language));
    let data = embedded(&start);
    let bundle = Bundle::of(&start.page);
    let mut options = options;
    options.output_name = bundle.name().into();
    provide_context(start);
    view! {
        <!DOCTYPE html>
        <html lang=language data-theme=theme data-page=page style=root>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="color-scheme" content="dark light"/>
                <title>{title}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href=format!("{package}/tokens.css")/>
                <link rel="stylesheet" href=format!("{package}/main.css")/>
                {(matches!(bundle, Bundle::Desk | Bundle::Board))
                    .then(|| view! { <link rel="stylesheet" href=format!("{package}/ground.css")/> })}
                {(bundle == Bundle::Desk)
                    .then(|| view! { <link rel="stylesheet" href=format!("{package}/opened.css")/> })}
                {(bundle == Bundle::Board)
                    .then(|| view! { <link rel="stylesheet" href=format!("{package}/board.css")/> })}
                {(bundle == Bundle::Field).then(|| view! { <HandMeta theme=look/> })}
                {(bundle == Bundle::Field)
                    .then(|| view! { <link rel="stylesheet" href=format!("{package}/field.css")/> })}
                {(bundle == Bundle::Office)
                    .then(|| view! { <link rel="stylesheet" href=format!("{package}/office.css")/> })}
                <script type="application/octet-stream" id=ELEMENT_ID inner_html=data></script>
                <HydrationScripts options/>
            </head>
            <body>
                <App pages=bundle.pages()/>
            </body>
        </html>
    }
}

/// Base64 of `Start` in postcard: no character of it can end the script element it stands in.
fn embedded(start: &Start) -> String {
    let bytes = postcard::to_allocvec(start).unwrap_or_default();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// What a phone's browser paints around an installed page: the panel of the theme (tokens.css).
#[component]
fn HandMeta(theme: Theme) -> impl IntoView {
    const NIGHT: &str = "#161d21";
    const DAY: &str = "#ffffff";
    let colours = match theme {
        Theme::Night => vec![(NIGHT, None)],
        Theme::Day => vec![(DAY, None)],
        Theme::System => vec![
            (DAY, Some("(prefers-color-scheme: light)")),
            (NIGHT, Some("(prefers-color-scheme: dark)")),
        ],
    };
    let colours = colours
        .into_iter()
        .map(|(colour, media)| {
            view! { <meta name="theme-color" content=colour/> }.attr("media", media)
        })
        .collect_view();
    view! {
        {colours}
        <link rel="apple-touch-icon" href="/icon-192.png"/>
    }
}
