//! The colours of pictures and pages, by light and by dark.

/// Name, colour on light ground, colour on dark ground.
const COLOURS: [(&str, &str, &str); 20] = [
    ("paper", "#f5f6fa", "#11141b"),
    ("dot", "#dde1ea", "#232937"),
    ("panel", "#ffffff", "#181c26"),
    ("card", "#ffffff", "#1d222e"),
    ("ink", "#1b2232", "#e7eaf2"),
    ("soft", "#5a6479", "#9ca7be"),
    ("line", "#d3d8e4", "#343c4f"),
    ("rule", "#e7eaf1", "#2b3141"),
    ("way", "#939db3", "#68748f"),
    ("next", "#4a5570", "#a9b4cc"),
    ("model", "#7443d1", "#b096f4"),
    ("start", "#2563eb", "#6ea1ff"),
    ("end", "#137c43", "#4cc584"),
    ("bad", "#c62f27", "#ff7f75"),
    ("warn", "#a85a00", "#f0a94a"),
    ("off", "#8a93a5", "#78829a"),
    ("lit", "#0b7a70", "#4fd1c1"),
    ("wash", "#0b7a7014", "#4fd1c11c"),
    ("found", "#ffe28a", "#6b5200"),
    ("shadow", "#1b223214", "#00000073"),
];

/// `style` with the light colours in the place of its variables, for programs that know no variables.
pub fn inked(style: &str) -> String {
    let mut style = style.to_owned();
    for (name, light, _) in COLOURS {
        style = style.replace(&format!("var(--{name})"), light);
    }
    style
}

/// The variables, for pages: as the reader's system likes it, unless `data-theme` says otherwise.
pub fn variables() -> String {
    let set = |dark: bool| {
        let pair =
            |(name, light, night): &(&str, &str, &str)| format!("--{name}:{};", if dark { night } else { light });
        COLOURS.iter().map(pair).collect::<String>()
    };
    format!(
        ".story{{color-scheme:light;{}}}\n\
         @media (prefers-color-scheme:dark){{.story:not([data-theme=\"light\"]){{color-scheme:dark;{}}}}}\n\
         .story[data-theme=\"dark\"]{{color-scheme:dark;{}}}\n",
        set(false),
        set(true),
        set(true)
    )
}
