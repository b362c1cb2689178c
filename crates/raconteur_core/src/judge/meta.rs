//! Talk about what no character can know of: models and prompts, games and chapters, web pages; and markup.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::authored;
use super::phrases::Phrases;
use super::stem::Stemmer;
use super::words::{self, fold};
use crate::story::format::Story;

/// Finds meta talk, apart from what a story itself uses: in a story about a chatbot, "chatbot" is a word like others.
/// Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaTalk(Arc<Finder>);

#[derive(Debug, PartialEq, Eq)]
struct Finder {
    phrases: Phrases,
    markup: BTreeSet<char>,
}

impl MetaTalk {
    /// For the texts of a story, apart from what it uses itself.
    #[must_use]
    pub fn of_story(story: &Story) -> Self {
        Self::apart_from(authored::texts(story), Stemmer::of_locale(&story.locale))
    }

    /// For texts in a language, apart from what stands in `texts`. The English phrases are looked for in English only.
    #[must_use]
    pub fn apart_from<'a>(texts: impl IntoIterator<Item = &'a str>, stemmer: Stemmer) -> Self {
        let english = if stemmer.is_english() { ENGLISH } else { &[] };
        let mut phrases = Phrases::new(ANYWHERE.iter().chain(CHINESE).chain(english).copied(), str::to_owned);
        let mut markup: BTreeSet<char> = MARKUP.chars().collect();
        for text in texts {
            phrases.release(&words::words(text));
            for c in text.chars() {
                markup.remove(&c);
            }
        }
        Self(Arc::new(Finder { phrases, markup }))
    }

    /// The first thing in a text of these folded `words` that no character would say.
    pub(super) fn find(&self, text: &str, words: &[String]) -> Option<String> {
        if let Some(c) = text.chars().find(|c| self.0.markup.contains(c)) {
            return Some(c.to_string());
        }
        if let Some((at, length)) = self.0.phrases.find(words) {
            return Some(words::joined(&words[at..at + length]));
        }
        // "Chapter six was too long" is what a reader says; a heading stands first.
        if words.first().is_some_and(|word| word == "chapter") {
            return Some("chapter".to_owned());
        }
        address(text).or_else(|| label(text)).or_else(|| entity(text)).map(str::to_owned)
    }
}

/// Signs that stand in markup and in code, and in nobody's speech.
const MARKUP: &str = "{}<>[]|\\`^=_*~#@";

/// A web address without its scheme: "example.com". A full stop without a space behind it is common in bad texts
/// ("wait.No"), so the ending has to be known, and in lower case.
fn address(text: &str) -> Option<&str> {
    const ENDINGS: &[&str] =
        &["com", "org", "net", "edu", "gov", "info", "html", "htm", "php", "txt", "pdf", "jpg", "png"];
    text.split_whitespace().find(|word| {
        let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let (before, rest) = word.split_once('/').unwrap_or((word, ""));
        let scheme = before.ends_with(':') && rest.starts_with('/');
        scheme || before.rsplit_once('.').is_some_and(|(name, ending)| !name.is_empty() && ENDINGS.contains(&ending))
    })
}

/// A label of a transcript of a chat, or of the parts of a prompt: "User:", "Goal:".
fn label(text: &str) -> Option<&str> {
    const LABELS: &[&str] = &[
        "ai",
        "assistant",
        "bot",
        "character",
        "dialogue",
        "facts",
        "goal",
        "human",
        "input",
        "instruction",
        "instructions",
        "model",
        "mood",
        "narrator",
        "npc",
        "output",
        "player",
        "prompt",
        "response",
        "rumor",
        "scene",
        "setting",
        "system",
        "translation",
        "user",
    ];
    text.split_whitespace().find(|word| {
        let name = word.strip_suffix(':').map(|name| name.trim_start_matches(|c: char| !c.is_alphanumeric()));
        // "You are the player: play" is speech; a label has a capital, or stands first.
        name.is_some_and(|name| {
            let capital = name.starts_with(char::is_uppercase) || text.trim_start().starts_with(*word);
            capital && LABELS.contains(&fold(name).as_str())
        })
    })
}

/// A character reference of HTML: "&nbsp;".
fn entity(text: &str) -> Option<&str> {
    text.match_indices('&').find_map(|(at, _)| {
        let end = at + text[at..].find(';')?;
        let name = &text[at + 1..end];
        let is_name = (2..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_name.then(|| &text[at..=end])
    })
}

/// Chinese characters, which stand in texts of no other script.
const CHINESE: &[&str] = &[
    "人工智能",
    "语言模型",
    "大模型",
    "聊天机器人",
    "机器人",
    "作为一个助手",
    "提示词",
    "用户",
    "玩家",
    "角色扮演",
    "这个故事里",
    "本章",
    "下一章",
    "未完待续",
    "点击",
    "网站",
    "网址",
    "链接",
    "公众号",
    "关注我们",
    "转载",
    "版权所有",
    "翻译如下",
    "改写如下",
    "以下是",
];

/// In any language.
const ANYWHERE: &[&str] = &[
    "https",
    "http",
    "www",
    "html",
    "javascript",
    "openai",
    "chatgpt",
    "gpt",
    "gpt2",
    "gpt3",
    "gpt4",
    "gpt 2",
    "gpt 3",
    "gpt 4",
    "chatbot",
    "npc",
    "npcs",
    "rpg",
    "mmorpg",
    "wikipedia",
    "youtube",
    "facebook",
    "instagram",
    "reddit",
    "tumblr",
    "netflix",
    "spotify",
    "wordpress",
    "isbn",
    "endoftext",
];

/// Words and phrases of models, of games, of books and of pages, in English. A small model of general text falls into the
/// last two; one that was tuned to follow instructions into the first.
const ENGLISH: &[&str] = &[
    // Models, and those who talk to them.
    "language model",
    "ai model",
    "ai models",
    "an ai",
    "ai language",
    "ai assistant",
    "artificial intelligence",
    "neural network",
    "machine learning",
    "chat bot",
    "chatbots",
    "virtual assistant",
    "digital assistant",
    "open ai",
    "training data",
    "i was trained on",
    "i am programmed",
    "i m programmed",
    "was programmed to",
    "my programming",
    "i cannot assist",
    "i can t assist",
    "i can not assist",
    "i am unable to assist",
    "i cannot help with that request",
    "fulfill your request",
    "fulfil your request",
    "i cannot generate",
    "i can t generate",
    "apologize for any confusion",
    "apologize for the confusion",
    "apologise for the confusion",
    "inappropriate content",
    "harmful content",
    "content policy",
    "system prompt",
    "this prompt",
    "the above text",
    "the text above",
    "the following text",
    "the given text",
    "the original text",
    "the following sentence",
    "the original sentence",
    "the given sentence",
    "rephrase",
    "rephrased",
    "rephrasing",
    "reworded",
    "paraphrase",
    "paraphrased",
    "paraphrasing",
    "here is a rewrite",
    "here is the rewritten",
    "here s the rewritten",
    "here is a rewritten",
    "here s a rewritten",
    "here is a paraphrase",
    "here is the paraphrase",
    "here s a rewrite",
    "here is a possible",
    "here s a possible",
    "here is the dialogue",
    "here is one possible",
    "stay in character",
    "roleplay",
    "role play",
    "roleplaying",
    "role playing",
    // Games.
    "video game",
    "video games",
    "computer game",
    "in this game",
    "player character",
    "player characters",
    "non player",
    "playable",
    "the player must",
    "the player can",
    "the player may",
    "the player should",
    "the player will",
    "the player has",
    "the player is",
    "the player s",
    "gameplay",
    "game master",
    "dungeon master",
    "dungeons and dragons",
    "dungeons dragons",
    "hit points",
    "experience points",
    "skill points",
    "level up",
    "boss fight",
    "side quest",
    "main quest",
    "quest log",
    "cutscene",
    "save file",
    "game over",
    "respawn",
    "multiplayer",
    "mod apk",
    "walkthrough",
    "playthrough",
    // Stories and books.
    "in this story",
    "of this story",
    "this story is about",
    "the story so far",
    "the narrator",
    "dear reader",
    "the protagonist",
    "protagonist",
    "main character",
    "main characters",
    "fictional",
    "fictional character",
    "fan fiction",
    "fanfiction",
    "fanfic",
    "plot twist",
    "this chapter",
    "previous chapter",
    "chapter 1",
    "chapter 2",
    "chapter 3",
    "chapter 4",
    "chapter 5",
    "chapter 6",
    "chapter 7",
    "chapter 8",
    "chapter 9",
    "chapter 10",
    "chapter ii",
    "chapter iii",
    "chapter iv",
    "chapter v",
    "to be continued",
    "project gutenberg",
    "gutenberg",
    "ebook",
    "ebooks",
    "e book",
    "kindle",
    "screenplay",
    // Pages.
    "click here",
    "click on",
    "subscribe to our",
    "newsletter",
    "copyright",
    "all rights reserved",
    "photo by",
    "photo credit",
    "image credit",
    "getty images",
    "leave a comment",
    "in the comments",
    "terms of service",
    "terms of use",
    "privacy policy",
    "cookie policy",
    "login",
    "username",
    "website",
    "websites",
    "web site",
    "web page",
    "webpage",
    "web pages",
    "homepage",
    "blog",
    "blogs",
    "blogger",
    "blog post",
    "podcast",
    "hashtag",
    "screenshot",
    "google",
    "associated press",
    "reuters",
    "breaking news",
    "press release",
    "faq",
    "source code",
    "github",
    "edit this",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn find(texts: &[&str], text: &str) -> Option<String> {
        MetaTalk::apart_from(texts.iter().copied(), Stemmer::of_locale("en")).find(text, &words::words(text))
    }

    #[test]
    fn what_no_character_says() {
        for (text, wanted) in [
            ("As an AI language model, I cannot help you.", "an ai"),
            ("I'm sorry, but I can't assist with that.", "i can t assist"),
            ("I am just a chatbot, traveller.", "chatbot"),
            ("Sure! Here's the rewritten line:", "here s the rewritten"),
            ("The NPC nods.", "npc"),
            ("The player must find the bell.", "the player must"),
            ("What happens in this story is up to you.", "in this story"),
            ("It ends. Chapter 3. The bell", "chapter 3"),
            ("Chapter Three: The bell", "chapter"),
            ("Click here for the bell.", "click here"),
            ("Read it at https://bell.example", "https"),
            ("Ask at harrowford.com, they know.", "harrowford.com,"),
            ("Write to mara@ferry", "@"),
            ("The bell #drowned", "#"),
            ("*sighs* It is gone.", "*"),
            ("It is <b>gone", "<"),
            ("It is [gone].", "["),
            ("if (bell) { ring(); }", "{"),
            ("Bell&nbsp;tower", "&nbsp;"),
            ("User: where is it?", "User:"),
            ("user: where is it?", "user:"),
            ("It is gone. Goal: warn them.", "Goal:"),
        ] {
            assert_eq!(find(&[], text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_a_character_may_well_say() {
        for text in [
            "You came for the bell, like all of them do.",
            "It is a game to him. I was never a player.",
            "Tell me the story again, and leave out the end. I have heard this story; I know this game.",
            "Sure. Here's the key. Guards are posted by the gate, and a log in the fire.",
            "I cannot help you. I am sorry, but I can't let you cross.",
            "He reads; she writes. Here is the key.",
            "The human heart: a poor lock.",
            "Salt & rope; nothing else.",
            "Wait.No. Come.Now.",
            "\"Mind the net.\" It is a trap: user and used alike.",
            "The chapter house is locked. 3 monks. I never read chapter six.",
            "Half and/or nothing - that's the price (40%).",
            "It cost $5 + a song.",
        ] {
            assert_eq!(find(&[], text), None, "{text}");
        }
    }

    #[test]
    fn what_a_story_uses_is_a_word_like_any_other() {
        assert_eq!(find(&["The chatbot at [the gate]."], "A chatbot, [gone]."), None);
        assert_eq!(find(&["The chatbot at [the gate]."], "A language model.").as_deref(), Some("language model"));
        let german = MetaTalk::apart_from([], Stemmer::of_locale("de"));
        let find = |text: &str| german.find(text, &words::words(text));
        assert_eq!(find("Das ist mein Blog.").as_deref(), None, "English words are looked for in English only");
        assert_eq!(find("Ich bin ein Chatbot.").as_deref(), Some("chatbot"));
        let chinese = MetaTalk::apart_from(["玩家赢了。"], Stemmer::of_locale("zh"));
        let find = |text: &str| chinese.find(text, &words::words(text));
        assert_eq!(find("作为一个语言模型，我不能回答。").as_deref(), Some("语言模型"));
        assert_eq!(find("玩家是你，相国。"), None, "the story has the word");
        assert_eq!(find("读到底，再盖下去。"), None);
    }
}
