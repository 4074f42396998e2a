//! The pages: which one is shown is decided by the server and said in `Start`.
//! They come in three bundles, so that a browser loads the script of what it shows and no more.

pub mod alarm_load;
pub mod audit;
mod command;
mod desk;
pub mod duty;
mod evaluation;
pub mod letters;
mod login;
mod orders;
pub mod people;
mod theme;
mod things;
mod wall;

use std::sync::Arc;

use leptos::prelude::*;

use crate::controls::SettingsBar;
use crate::settings::Settings;
use crate::start::{ELEMENT_ID, Page, Start};
use crate::text::Message;

pub use theme::escaped;

/// What the server knew, on both sides the same.
pub fn start() -> Arc<Start> {
    expect_context::<Arc<Start>>()
}

/// Shows a page, if it is one of its bundle.
pub type Pages = fn(&Page) -> Option<AnyView>;

/// Script of its own: what a browser loads for a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bundle {
    /// Where people work: signing in and the desk.
    Desk,
    /// What is looked at: walls, themes and readings.
    Board,
    /// What is held in a hand: a department's orders, and the city for who commands it.
    Field,
    /// What people open at their desk beside the map, such as the evaluation.
    Office,
}

impl Bundle {
    pub fn of(page: &Page) -> Self {
        match page {
            Page::Wall(_) | Page::Theme(_) | Page::Readings(_) | Page::Things(_) => Self::Board,
            Page::Orders(_) | Page::Command(_) => Self::Field,
            Page::Evaluation(_)
            | Page::AlarmLoad
            | Page::Duty(_)
            | Page::People
            | Page::Audit
            | Page::Letters => Self::Office,
            Page::Desk | Page::Login { .. } | Page::NotFound => Self::Desk,
        }
    }

    /// Its files are `NAME.js` and `NAME_bg.wasm`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Board => "board",
            Self::Field => "field",
            Self::Office => "office",
        }
    }

    pub fn pages(self) -> Pages {
        match self {
            Self::Desk => desk_pages,
            Self::Board => board_pages,
            Self::Field => field_pages,
            Self::Office => office_pages,
        }
    }
}

pub fn desk_pages(page: &Page) -> Option<AnyView> {
    Some(match page {
        Page::Login { .. } => view! { <login::Login/> }.into_any(),
        Page::Desk => view! { <desk::DeskPage/> }.into_any(),
        Page::NotFound => view! { <NotFound/> }.into_any(),
        _ => return None,
    })
}

pub fn board_pages(page: &Page) -> Option<AnyView> {
    Some(match page {
        Page::Wall(_) => view! { <wall::WallPage/> }.into_any(),
        Page::Theme(_) => view! { <theme::ThemePage/> }.into_any(),
        Page::Readings(_) => view! { <theme::ReadingsPage/> }.into_any(),
        Page::Things(_) => view! { <things::ThingsPage/> }.into_any(),
        _ => return None,
    })
}

pub fn field_pages(page: &Page) -> Option<AnyView> {
    Some(match page {
        Page::Orders(_) => view! { <orders::OrdersPage/> }.into_any(),
        Page::Command(_) => view! { <command::CommandPage/> }.into_any(),
        _ => return None,
    })
}

pub fn office_pages(page: &Page) -> Option<AnyView> {
    Some(match page {
        Page::Evaluation(_) => view! { <evaluation::EvaluationPage/> }.into_any(),
        Page::AlarmLoad => view! { <alarm_load::AlarmLoadPage/> }.into_any(),
        Page::People => view! { <people::PeoplePage/> }.into_any(),
        Page::Audit => view! { <audit::AuditPage/> }.into_any(),
        Page::Letters => view! { <letters::LettersPage/> }.into_any(),
        Page::Duty(asker) => view! { <duty::DutyPage asker=(**asker).clone()/> }.into_any(),
        _ => return None,
    })
}

/// The whole app; the same tree on server and browser, where `pages` are those of the bundle.
#[component]
pub fn App(pages: Pages) -> impl IntoView {
    let Some(start) = use_context::<Start>().or_else(read_from_page) else {
        return ().into_any();
    };
    let start = Arc::new(start);
    let settings = Settings::new(&start);
    provide_context(Arc::clone(&start));
    provide_context(settings);
    let now = start.now;
    let first_position = start.position;
    Effect::new(move |_| {
        leptos::logging::debug_log!("taking over at position {first_position}");
        settings.take_over(now);
    });
    pages(&start.page).unwrap_or_else(|| ().into_any())
}

/// Page and script come from one server, so they agree on the layout.
fn read_from_page() -> Option<Start> {
    let element = document().get_element_by_id(ELEMENT_ID)?;
    // `atob` gives one character a byte.
    let text = window().atob(&element.text_content()?).ok()?;
    let bytes: Vec<u8> = text.chars().map(|byte| byte as u8).collect();
    match postcard::from_bytes(&bytes) {
        Ok(start) => Some(start),
        Err(error) => {
            leptos::logging::error!("failed to read what the server sent with the page: {error}");
            None
        }
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let say = crate::settings::settings();
    view! {
        <main class="alone">
            <h1>{say.say(Message::NotFoundTitle)}</h1>
            <p>{say.say(Message::NotFoundBody)}</p>
            <p><a href="/desk">{say.say(Message::ToTheDesk)}</a></p>
            <SettingsBar/>
        </main>
    }
}
