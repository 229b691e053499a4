"""What buttons and labels around comments say, in the languages of our pages: no names, and no part of a text."""

from __future__ import annotations

import re

_ENGLISH = (
    r"reply|replies|reply (to this|to|with quote)( (comment|message|post))?|respond|log ?in to reply|"
    r"report( (abuse|this comment|comment|this|post|as abuse))?|flag( as \w+| comment| this)?|likes?|unlike|dislike|"
    r"recommend(ed)?|respect|favou?rite|upvote|downvote|share|link( to this( comment)?)?|permalink|"
    r"perma(nent)? ?link( to this comment)?|comment ?link|copy link|edit|\(?edit\)?|edited|delete|remove|quote|"
    r"(un)?follow( post| user)?|become a fan|profile|more|details|(show|read|see|view) (more|less)|hide|\(hide\)|"
    r"collapse|expand|mark as spam|at|on|posted|by|submitted by|posted by|written by|wrote|(in )?reply to|says|said|"
    r"comment from|joined|join date|member since|posts|messages"
)
_GERMAN = (
    r"antworten|antwort( schreiben)?|auf (diesen|den) kommentar antworten|zitieren|antworten / zitieren|"
    r"((kommentar|beitrag) )?melden|empfehlen|empfehlungen|teilen|gefällt mir( nicht)?|bearbeiten|löschen|am|um|"
    r"mehr (anzeigen|lesen)|geschrieben von|schrieb( am)?|registriert( seit)?|beiträge"
)
_ROMANCE = (
    r"responder|me gusta|denunciar|compartir|citar|editar|reportar|respuestas|répondre( à ce (message|commentaire))?|"
    r"signaler( un abus| ce (message|commentaire))?|j['’]aime|partager|citer|réponses|rispondi|segnala|condividi|"
    r"mi piace|cita|risposte|curtir|compartilhar|gosto|respostas"
)
_NORTHERN = (
    r"beantwoorden|reageer|reageren|rapporteer|meld misbruik|delen|vind ik leuk|svar|svara|anmäl|gilla|dela|citera|"
    r"odpowiedz|zgłoś|cytuj|lubię to|yanıtla|şikayet et|beğen|ответить|поделиться|пожаловаться|нравится|цитировать"
)
_EASTERN = (
    r"수정|답글|답글 ?달기|신고|삭제|회신|좋아요|공감|비공감|回覆|回复|舉報|举报|檢舉|分享|引用|点赞|赞|讚|顶|"
    r"返信|返信する|通報|通報する|いいね[!！]?"
)
_BUTTON = re.compile(
    rf"^\W{{0,3}}(?:#?\d+\.?|(?:\d[\d.,]* )?(?:{_ENGLISH}|{_GERMAN}|{_ROMANCE}|{_NORTHERN}|{_EASTERN})"
    r"(?:\W{1,3}\d[\d.,]*)?)\W{0,3}$",
    re.I,
)
_BADGE = re.compile(
    r"^\W{0,2}(?:(?:post |article |the |verified )?author|op|original poster|staff|mod|moderator(?:in)?|moderation|"
    r"editor|member|subscriber|verified|top commenter|autor(?:in)?|redaktion|auteur|autore|moderador)\W{0,2}$",
    re.I,
)
_LONGEST = 60


def is_button(text: str) -> bool:
    """Is it the word of a button, with or without how often it was pressed: "Reply", "Gefällt mir (3)"?"""
    return len(text) <= _LONGEST and bool(_BUTTON.match(text))


def is_badge(text: str) -> bool:
    """Is it what somebody is here, rather than a name: "Author", "Moderator"?"""
    return len(text) <= _LONGEST and bool(_BADGE.match(text))
