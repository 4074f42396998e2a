//! The frame of a page beside the map: which city, which such pages there are, who is here, and the way back to the desk.

use domain::account::Role;
use domain::language::Language;
use domain::policy::{Judged, READS_AUDIT};
use leptos::prelude::*;

use super::words::Word;
use crate::controls::SettingsBar;
use crate::pages::start;
use crate::settings::settings;
use crate::start::Me;
use crate::text::{Message, text};

/// One such page: its path, its name, and whether somebody of a role has any use for it.
struct Sheet {
    path: &'static str,
    name: Word,
    is_for: fn(Role) -> bool,
}

/// In the order of the bar. What a role may see there the server decides.
const SHEETS: &[Sheet] = &[
    Sheet {
        path: "/evaluation",
        name: Word::Evaluation,
        is_for: Judged::is_shown_to,
    },
    Sheet {
        path: "/alarms",
        name: Word::AlarmLoad,
        // Alarms are the duty room's.
        is_for: |role| !matches!(role, Role::Wall | Role::Department | Role::Collector),
    },
    Sheet {
        path: "/duty",
        name: Word::Duty,
        // A collector answers for no post.
        is_for: |role| !matches!(role, Role::Wall | Role::Collector),
    },
    Sheet {
        path: "/people",
        name: Word::Sessions,
        is_for: |role| role != Role::Wall,
    },
    Sheet {
        path: "/audit",
        name: Word::Audit,
        is_for: |role| READS_AUDIT.contains(&role),
    },
    Sheet {
        path: "/letters",
        name: Word::Letters,
        is_for: |role| matches!(role, Role::Administrator | Role::Auditor),
    },
];

/// The page below its bar of 44 px. `here` is its own path; its `main` is the page's own.
#[component]
pub fn OfficeFrame(here: &'static str, children: Children) -> impl IntoView {
    let settings = settings();
    let start = start();
    let city = (start.city.name.clone(), start.city.name_en.clone());
    let role = start.me.as_ref().map(|me| me.role);
    let link = |sheet: &'static Sheet| {
        view! {
            <a href=sheet.path aria-current=(sheet.path == here).then_some("page")>
                {move || sheet.name.text(settings.language.get())}
            </a>
        }
    };
    let links = SHEETS
        .iter()
        .filter(|sheet| role.is_some_and(sheet.is_for))
        .map(link)
        .collect_view();
    view! {
        <div class="office">
            <header class="top-bar office-bar">
                <a class="brand" href="/desk">
                    <span class="wordmark">"鼓楼"</span>
                    <span class="city">{move || match settings.language.get() {
                        Language::Zh => city.0.clone(),
                        Language::En => city.1.clone(),
                    }}</span>
                </a>
                {start.demo.then(|| view! { <span class="badge" data-testid="demo">{settings.say(Message::Demo)}</span> })}
                <nav class="office-links" aria-label=move || Word::Office.text(settings.language.get())>
                    <a href="/desk">{move || Word::ToDesk.text(settings.language.get())}</a>
                    {links}
                </nav>
                <div class="office-settings"><SettingsBar/></div>
                {start.me.clone().map(|me| view! { <Here me/> })}
            </header>
            {children()}
        </div>
    }
}

/// Who is here, and the way out.
#[component]
fn Here(me: Me) -> impl IntoView {
    let settings = settings();
    let name = me.name.clone();
    let said = move || {
        let language = settings.language.get();
        let role = start().city.label(language, me.role.name()).to_owned();
        let department = match language {
            Language::Zh => &me.department_name,
            Language::En => &me.department_name_en,
        };
        match department {
            Some(department) => format!("{department} · {role}"),
            None => role,
        }
    };
    view! {
        <div class="who">
            <span class="who-name" data-testid="me">{name}</span>
            <span class="who-role">{move || said()}</span>
            <form method="post" action="/logout">
                <button type="submit" class="quiet" data-testid="sign-out">
                    {move || text(settings.language.get(), Message::SignOut)}
                </button>
            </form>
        </div>
    }
}
