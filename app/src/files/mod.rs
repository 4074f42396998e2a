//! Files of an incident: shown with what is known of them, and more put to it by choosing or by dropping them. The same on the desk
//! and on phones.

mod adding;
pub mod words;

use domain::language::Language;
use domain::time::Timestamp;
use domain::wire::AttachmentView;
use leptos::prelude::*;

pub use self::adding::Adding;
use self::words::Word;
use crate::settings::Settings;
use crate::text::{number, time};

/// City offsets, as `time` takes them.
type Offsets = Vec<(Timestamp, i32)>;

#[component]
pub fn FileList(
    settings: Settings,
    offsets: Offsets,
    files: Memo<Vec<AttachmentView>>,
    /// What stands below the list.
    children: Children,
) -> impl IntoView {
    let offsets = StoredValue::new(offsets);
    let each = move |file: AttachmentView| view! { <OneFile settings offsets file/> };
    view! {
        <section class="files" data-testid="files" aria-label=settings.say(Word::Files)>
            <h3>{settings.say(Word::Files)} " " <span class="count">{move || files.read().len()}</span></h3>
            <ul>
                <For each=move || files.get() key=|file| file.id children=each/>
            </ul>
            {children()}
        </section>
    }
}

/// Thousands of bytes, then millions.
fn size(bytes: u32) -> String {
    let kilobytes = f64::from(bytes) / 1_000.0;
    match kilobytes {
        1_000.0.. => number::decimals(kilobytes / 1_000.0, 1) + " MB",
        _ => number::decimals(kilobytes.max(1.0), 0) + " kB",
    }
}

/// What has no small picture says what it is.
fn kind(media_type: &str) -> &'static str {
    match media_type {
        "video/mp4" => "MP4",
        "application/pdf" => "PDF",
        _ => "…",
    }
}

#[component]
fn OneFile(
    settings: Settings,
    offsets: StoredValue<Offsets>,
    file: AttachmentView,
) -> impl IntoView {
    let face = match file.preview_url {
        Some(preview) => {
            view! { <img src=preview alt="" loading="lazy" decoding="async"/> }.into_any()
        }
        None => {
            view! { <span class="file-kind" aria-hidden="true">{kind(&file.media_type)}</span> }
                .into_any()
        }
    };
    let at = file.at;
    let full = offsets.with_value(|offsets| time::full(at, offsets));
    let when = move || {
        let (language, now) = (settings.language.get(), settings.clock.get());
        offsets.with_value(|offsets| time::moment(language, at, now, offsets))
    };
    let between = move || match settings.language.get() {
        Language::Zh => "，",
        Language::En => ", ",
    };
    view! {
        <li class="file" data-testid="attachment" data-id=file.id.to_string()>
            <a class="file-face" href=file.url.clone() target="_blank" rel="noopener" tabindex="-1" aria-hidden="true">{face}</a>
            <a class="file-name" href=file.url target="_blank" rel="noopener">{file.name}</a>
            <p class="faint">
                {file.id.to_string()} " · " {size(file.bytes)} " · " {file.by} {between}
                <time datetime=full.clone() title=full>{when}</time>
            </p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_what_people_count_files_by() {
        for (bytes, said) in [
            (0, "1 kB"),
            (999, "1 kB"),
            (48_200, "48 kB"),
            (1_000_000, "1.0 MB"),
            (20_971_520, "21.0 MB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }
}
