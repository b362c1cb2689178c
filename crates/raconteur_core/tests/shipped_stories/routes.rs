//! Routes through the shipped stories: the ids of the ways that are taken, in order.

/// One way to play a story.
pub struct Route {
    /// What it is about, for messages.
    pub name: &'static str,
    /// Ids of the choices and outcomes, with spaces between them. `calm=2` is what a model might have made of a detour.
    pub ways: &'static str,
    /// The beat that it ends in.
    pub ending: &'static str,
}

const fn route(name: &'static str, ways: &'static str, ending: &'static str) -> Route {
    Route { name, ways, ending }
}

/// Every shipped story with its routes.
pub const STORIES: &[(&str, &[Route])] = &[("drowned_bell", BELL), ("reed_seal", REED), ("ninth_mirror", MIRROR)];

const BELL: &[Route] = &[
    route("the debt is named", "ford_a ford_b ford_c confess mood=1", "end_truth"),
    route("boots first", "ford_c deflect ford_c confess mood=-1", "end_truth"),
    route("let it lie", "ford_c leave_it", "end_silence"),
];

const REED: &[Route] = &[
    route(
        "promises kept",
        "bed_why to_granary gra_lean sack_carts to_dykes dyke_wade east_swear to_envoy env_feed to_spears yard_count roll_swear \
         to_hall cs_first cg_cake cd_order ask_tenth fen_move date_tenth show_bread",
        "end_tenth",
    ),
    route(
        "by the dykemaster's lamp",
        "bed_ask to_dykes dyke_wade east_swear to_granary gra_lean sack_carts to_bed again_go to_hall cs_feed cg_cake cd_order \
         ask_tenth fen_move date_tenth show_lamp",
        "end_tenth",
    ),
    route(
        "soldiers carry the fen, and the promise to the fen is broken",
        "bed_go to_dykes dyke_wade east_swear to_envoy env_feed to_hall cs_feed cg_guard cd_order ask_tenth fen_hush date_tenth \
         show_hand",
        "end_fen",
    ),
    route(
        "nobody was promised anything",
        "bed_go to_dykes dyke_wade east_note to_envoy env_feed to_bed again_ask to_hall cs_feed cg_stand cd_fen ask_tenth \
         fen_hush date_tenth show_hand",
        "end_fen",
    ),
    route(
        "the true date with the lie in it",
        "bed_go to_dykes dyke_wade east_swear to_spears yard_count roll_swear to_envoy env_watch to_hall cs_first cg_guard \
         cd_order ask_tenth fen_move date_ninth",
        "end_ninth",
    ),
    route(
        "a word that is not believed",
        "bed_go to_dykes dyke_wade east_note to_envoy env_watch to_hall cs_stand cg_sleeve cd_fen ask_tenth fen_hush date_tenth \
         show_word",
        "end_ninth",
    ),
    route(
        "the road is held",
        "bed_go to_spears yard_flatter to_dykes dyke_wade east_note to_hall cs_second cg_stand cd_stand ask_spears",
        "end_spears",
    ),
    route(
        "the road is held, and the marshal knows that you know",
        "bed_go to_spears yard_count roll_swear to_hall cs_second cg_guard cd_second ask_spears",
        "end_spears",
    ),
    route(
        "bread before pride",
        "bed_go to_granary gra_sit to_hall cs_feed cg_second cd_salt ask_granary",
        "end_granary",
    ),
    route(
        "bread before pride, in spite of the straw",
        "bed_go to_granary gra_lean sack_carts to_hall cs_stand cg_second cd_stand ask_granary",
        "end_granary",
    ),
    route("water is cheap", "bed_go to_dykes dyke_nod to_hall cs_feed cg_guard cd_second ask_dykes", "end_dykes"),
    route(
        "the order that hid the failure",
        "bed_go to_dykes dyke_wade east_swear to_hall cs_stand cg_stand cd_stand ask_dykes",
        "end_dykes",
    ),
    route(
        "no law for forty days",
        "bed_go to_bed calm=2 again_go to_hall cs_stand cg_stand cd_stand ask_break",
        "end_broken",
    ),
    route(
        "no law, and the day is out",
        "bed_go to_bed calm=0 again_go to_dykes dyke_wade east_note to_hall cs_stand cg_stand cd_day ask_break",
        "end_broken",
    ),
    route(
        "right about everybody",
        "bed_go to_spears yard_count roll_note to_granary gra_lean sack_note to_hall cs_roll cg_sacks cd_fen ask_empty",
        "end_empty",
    ),
];

const MIRROR: &[Route] = &[
    route(
        "a witness over the table",
        "arr_who y_pan post_kneel y_work wrk_hand y_mirror mir_posts fla_posts y_kitchen kit_onion y_tower tow_count y_supper acc_sabine lay_reach rea_found",
        "end_found",
    ),
    route(
        "found by the Eighth's slip",
        "arr_go y_tower tow_strip y_work wrk_hand y_pan post_kneel y_mirror mir_slip fla_posts y_kitchen kit_onion y_supper acc_sabine lay_reach rea_found",
        "end_found",
    ),
    route(
        "proven by straw, and too late",
        "arr_go y_pan post_kneel y_kitchen kit_onion y_stable sta_bells y_work wrk_hand y_supper acc_sabine lay_bells lau_reach rea_bells",
        "end_late",
    ),
    route(
        "proven by the rumor, and too late",
        "arr_go y_stable sta_haggle y_north y_pan post_kneel y_kitchen kit_onion y_supper acc_sabine lay_north lau_reach rea_north",
        "end_late",
    ),
    route(
        "the price, and then the straw",
        "arr_go y_tower tow_count y_pan post_kneel y_kitchen kit_onion y_stable sta_bells y_supper acc_sabine lay_price \
         lau_reach rea_bells",
        "end_late",
    ),
    route(
        "found, and nobody is asked",
        "arr_go y_kitchen kit_onion y_bunks bun_ladder y_work wrk_hand y_tower tow_strip y_mirror mir_slip fla_ask y_supper acc_alive",
        "end_half",
    ),
    route(
        "found, and the wrong one accused",
        "arr_go y_pan post_kneel y_work wrk_hand y_mirror mir_posts fla_posts y_tower tow_count y_supper acc_corin ver_stay",
        "end_half",
    ),
    route(
        "a confession to something else",
        "arr_go y_tower tow_count y_bunks bun_noon y_pan post_kneel y_supper acc_corin ver_write",
        "end_wrong",
    ),
    route(
        "the cook",
        "arr_go y_kitchen kit_press y_kitchen kit_onion y_bunks bun_gentle y_supper acc_pim ver_write",
        "end_wrong",
    ),
    route("the glass grinder", "arr_go y_work wrk_stock y_supper acc_finch ver_write", "end_wrong"),
    route("the master", "arr_go y_tower tow_strip y_supper acc_hullett ver_write", "end_wrong"),
    route(
        "one thing is not a reason",
        "arr_go y_stable sta_bells y_supper acc_sabine lay_bells lau_drop",
        "end_slipped",
    ),
    route(
        "half a proof",
        "arr_go y_pan post_kneel y_kitchen kit_onion y_supper acc_sabine lay_reach rea_none",
        "end_slipped",
    ),
    route(
        "a witness who is not called",
        "arr_go y_tower tow_strip y_work wrk_hand y_pan post_follow y_mirror mir_slip fla_posts y_supper acc_sabine lay_stare lau_drop",
        "end_slipped",
    ),
    route("north", "arr_go y_stable sta_haggle y_work wrk_hand y_mirror mir_north y_supper acc_nobody", "end_report"),
    route("everywhere", "arr_go y_work wrk_hand y_mirror mir_sweep y_supper acc_nobody", "end_report"),
    route(
        "a mule for a quarter crown",
        "arr_go y_pan post_kneel y_work wrk_hand y_mirror mir_posts fla_mule y_supper acc_morning",
        "end_slipped",
    ),
    route(
        "an answer in the west, and a prisoner in the east",
        "arr_go y_tower tow_count y_pan post_kneel y_work wrk_hand y_mirror mir_posts fla_mule y_supper acc_corin ver_write",
        "end_wrong",
    ),
];
