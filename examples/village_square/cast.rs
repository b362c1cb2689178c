//! Who lives here, in a writer's words: what they know, what one asks them, and what they say when the model does not.

/// Where and when it is; opens every prompt.
pub const SETTING: &str = "The market square of Harrow Ford at dusk.";

/// Something that a villager can be asked about.
pub struct Topic {
    /// What others ask.
    pub question: &'static str,
    /// What the villager knows of it.
    pub fact: &'static str,
    /// The authored answer.
    pub answer: &'static str,
}

/// A trade with two people in it; the second is only there when the square is full.
pub struct Villager {
    /// Their names.
    pub names: [&'static str; 2],
    /// How they talk.
    pub voice: &'static str,
    /// What they can be asked.
    pub topics: [Topic; 2],
    /// Authored remarks that fit after anything.
    pub remarks: [&'static str; 3],
}

const fn topic(question: &'static str, fact: &'static str, answer: &'static str) -> Topic {
    Topic { question, fact, answer }
}

/// Everybody who may stand in the square.
pub const VILLAGERS: [Villager; 16] = [
    Villager {
        names: ["Wat", "Jory"],
        voice: "baker; warm, floury, proud of his oven",
        topics: [
            topic(
                "What do you ask for a loaf?",
                "A loaf costs two pence on market day.",
                "Two pence, and it is still warm.",
            ),
            topic(
                "Why is the oven lit so late?",
                "Wat bakes bread for the bell ringers tonight.",
                "The ringers eat at midnight. I bake at dusk.",
            ),
        ],
        remarks: ["My oven says the same.", "You'd think better with bread in you.", "Flour on it, and move on."],
    },
    Villager {
        names: ["Sela", "Ness"],
        voice: "goose girl; quick, gossipy, never still",
        topics: [
            topic("Where are your geese?", "The geese are behind the chapel.", "Behind the chapel. Mind the grey one."),
            topic(
                "What did you see at the mill?",
                "A stranger slept at the mill last night.",
                "A stranger, asleep. With his boots on!",
            ),
        ],
        remarks: ["I knew it before you did.", "The geese told everyone already.", "Oh, say that again, slower."],
    },
    Villager {
        names: ["Bram", "Colm"],
        voice: "smith; slow, blunt, kind to horses",
        topics: [
            topic(
                "What are you forging?",
                "Bram is forging a hook for the bell.",
                "A hook. For the bell, if it comes up.",
            ),
            topic("Is my mule shod?", "The mule lost a shoe at the ford.", "Shod. She lost one at the ford."),
        ],
        remarks: ["Iron doesn't argue.", "Hm. Could be.", "I'd hit it once and see."],
    },
    Villager {
        names: ["Edda", "Runa"],
        voice: "herb seller; dry, old, hears everything",
        topics: [
            topic("What helps a cough?", "Thyme and honey help a cough.", "Thyme and honey. Less shouting."),
            topic(
                "Who came to you last night?",
                "The miller's wife came for sleeping herbs.",
                "The miller's wife. She doesn't sleep.",
            ),
        ],
        remarks: ["There's a root for that.", "I'm old, not deaf.", "Words. Drink something warm."],
    },
    Villager {
        names: ["Pim", "Tobin"],
        voice: "lamplighter; small, cheerful, counts his lamps",
        topics: [
            topic("How many lamps are lit?", "Nine lamps are lit in the square.", "Nine. The tenth is sulking."),
            topic(
                "Who breaks the lamps?",
                "The wind from the river breaks the lamps.",
                "The river wind. It has no manners.",
            ),
        ],
        remarks: ["That's one more lamp to light.", "It looks brighter from a ladder.", "Nine, and all of them mine."],
    },
    Villager {
        names: ["Hanne", "Brida"],
        voice: "washerwoman; loud, laughing, strong arms",
        topics: [
            topic(
                "Is the river high?",
                "The river is two steps below the bridge.",
                "Two steps under the bridge. Still brown.",
            ),
            topic(
                "Whose shirt is that?",
                "The shirt belongs to the sexton.",
                "The sexton's. Don't ask about the stain.",
            ),
        ],
        remarks: ["It all comes out in the wash.", "Ha! Not with my soap.", "Wring it once more and it's true."],
    },
    Villager {
        names: ["Odo", "Anselm"],
        voice: "sexton; careful, tidy, keeps the keys",
        topics: [
            topic("Where is the key?", "The tower key hangs behind the altar.", "Where it belongs. Behind the altar."),
            topic("Did the bell ring?", "The bell rang twice before the flood.", "Twice. Nobody was on the rope."),
        ],
        remarks: ["I'll write that down.", "The chapel shuts at nine.", "One should sweep before one speaks."],
    },
    Villager {
        names: ["Mara", "Isolde"],
        voice: "ferrywoman; dry, tired, counts everything twice",
        topics: [
            topic("Is there a boat tonight?", "The last boat crosses at moonrise.", "One. At moonrise. Don't be late."),
            topic(
                "What lies under the water?",
                "The bell of Saint Wenna lies under the ford.",
                "The bell. Some nights it answers.",
            ),
        ],
        remarks: ["I counted. Twice.", "The river says otherwise.", "Everyone crosses in the end."],
    },
    Villager {
        names: ["Corin", "Piers"],
        voice: "fiddler; boastful, thin, sings half his words",
        topics: [
            topic(
                "What will you play?",
                "Corin plays the Miller's Daughter tonight.",
                "The Miller's Daughter. All nine verses.",
            ),
            topic(
                "Where did you learn that?",
                "Corin learned to play from a blind man in Ashby.",
                "In Ashby, from a blind man.",
            ),
        ],
        remarks: ["There's a verse in that.", "Louder, and in a minor key.", "I rhyme for less."],
    },
    Villager {
        names: ["Ysolt", "Maud"],
        voice: "weaver; precise, patient, a little vain",
        topics: [
            topic(
                "What does the red cloth cost?",
                "Red cloth costs a silver penny.",
                "A silver penny. Red is dear this year.",
            ),
            topic("Who is the veil for?", "The veil is for the smith's daughter.", "The smith's daughter, in spring."),
        ],
        remarks: ["That thread will not hold.", "I would have chosen blue.", "Finer work than it looks."],
    },
    Villager {
        names: ["Garrick", "Hugh"],
        voice: "guard; bored, honest, sore feet",
        topics: [
            topic(
                "Is the gate shut?",
                "The gate shuts when the ninth lamp is lit.",
                "When the ninth lamp burns. Soon.",
            ),
            topic(
                "Who passed the gate?",
                "A cart with three barrels came in at noon.",
                "A cart. Three barrels. No names.",
            ),
        ],
        remarks: ["Move along. Or don't.", "My feet don't agree.", "Nothing moves. It suits me."],
    },
    Villager {
        names: ["Tilde", "Greta"],
        voice: "egg seller; anxious, polite, counts under her breath",
        topics: [
            topic("How many eggs are left?", "There are eleven eggs left.", "Eleven. No, eleven. Yes."),
            topic("Which hen is the best?", "The speckled hen lays twice a day.", "The speckled one. Twice a day!"),
        ],
        remarks: ["Oh dear. Mind the basket.", "Eleven, I'm nearly sure.", "Please don't shout near the hens."],
    },
    Villager {
        names: ["Rolf", "Sten"],
        voice: "fisher; gloomy, jokes with a straight face",
        topics: [
            topic("What did you catch?", "Rolf caught two pike and a boot.", "Two pike and a boot. The boot fought."),
            topic(
                "Where are the eels?",
                "The eels went upstream after the flood.",
                "Upstream. They heard about the boot.",
            ),
        ],
        remarks: ["It was bigger in the water.", "I've thrown back better.", "The pike said that, too."],
    },
    Villager {
        names: ["Agnes", "Lene"],
        voice: "innkeeper; brisk, generous, sees who owes",
        topics: [
            topic("Is there a bed?", "There is one bed under the roof.", "One, under the roof. It creaks."),
            topic("What is in the pot?", "There is barley and pike in the pot.", "Barley and pike. Sit down first."),
        ],
        remarks: ["That's a penny you owe.", "Eat, then worry.", "I've heard worse at my bar."],
    },
    Villager {
        names: ["Niko", "Emmer"],
        voice: "pedlar; hearty, never gives a straight price",
        topics: [
            topic(
                "What do you sell?",
                "Niko sells needles, ribbons and one clock.",
                "Needles, ribbons. One clock, nearly going.",
            ),
            topic("Where do you go next?", "Niko goes to Ashby on Friday.", "Ashby, by Friday. If the bridge holds."),
        ],
        remarks: ["For you, half of that.", "I've a ribbon that colour.", "A bargain, whatever it is."],
    },
    Villager {
        names: ["Fenn", "Lark"],
        voice: "apprentice; young, eager, asks too much",
        topics: [
            topic("Where is your master?", "The master is asleep in the loft.", "Asleep. I'm to say he is thinking."),
            topic("What is in the sack?", "There is a black cat in the sack.", "A cat. She climbed in herself."),
        ],
        remarks: ["Is that true? All of it?", "I wrote that on my hand.", "Can I see it?"],
    },
];

/// The `i`th of those who come: their trade, and which of the two they are.
pub fn person(i: usize) -> (&'static Villager, &'static str) {
    let villager = &VILLAGERS[i % VILLAGERS.len()];
    (villager, villager.names[(i / VILLAGERS.len()) % 2])
}
