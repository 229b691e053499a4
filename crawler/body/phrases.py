"""What the lines around an article say, in the words of the trade: pointers, calls to act, credits, sign-offs.

Every pattern is tried on one short line and is linear in it.
"""

from __future__ import annotations

import re


def _starts(*parts: str) -> re.Pattern[str]:
    """A pattern for lines that begin with one of these, whatever sign stands in front."""
    return re.compile(rf"^\W*(?:{'|'.join(parts)})", re.I)


def _holds(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.I)


POINTER = _starts(
    r"(?:(?:also |must )?(?:read|see)(?: more| next| also)?|keep reading|related|more|more (?:on|from|about|in)|"
    r"recommended|photos?|pics|video|watch(?: now| more| the video)?|listen|sign up|subscribe|newsletter|follow us|"
    r"share|"
    r"advertisement|most read|editor(?:'|’)?s?(?:'|’)? picks?|hot on web|what to read next|next|previously|"
    r"lesen sie(?: auch| mehr)|mehr(?: zum thema| dazu)?|auch interessant|siehe auch|"
    r"lee también|te puede interesar|más información|ver también|lire aussi|à lire aussi|voir aussi|"
    r"leggi anche|guarda anche|leia (?:também|mais)|veja também|lees ook|"
    r"관련 ?기사|関連記事)\b[\s\w'’]{0,30}\s*[:：\]]",
)
"""A label with a colon behind it: "Read more: …", "[Most read] …"."""

CALL = _starts(
    r"click (?:here|through|below) (?:to|for)\b",
    r"(?:sign up|subscribe)(?: now)? (?:for|to|here|on|today|via)\b",
    r"(?:follow|like|find|join) (?:us|me|(?:\w+ ){1,3}?)on\b",
    r"join (?:us|our|the (?:conversation|discussion))\b",
    r"(?:watch|listen(?: to)?|check out) (?:the|our|this) (?:\w+ ){0,2}(?:video|podcast|gallery)\b",
    r"members (?:only|watch|get)\b|(?:register|sign in|log in|create an account)\b|this content is\b",
    r"(?:get|receive) (?:the latest|our|more|all the|daily|weekly|breaking) .{0,60}(?:news|newsletter|inbox|alerts?)\b",
    r"(?:want|looking for) more .{0,60}\?\W*(?:sign|subscribe|follow|check)",
    r"stay (?:up to date|on top|tuned (?:to|for more))\b",
    r"don(?:'|’)t miss\b|download (?:the|our) app\b|(?:have|got) a (?:tip|story|question)\b|send (?:us )?(?:tips|"
    r"a tip)\b",
    r"share (?:this|on|via)\b|tell your friends|spread the\b|support (?:us|our)\b|advertisement$|sponsored$",
    r"(?:story|article) continues\b|continue reading\b|scroll down\b",
    r"if you (?:buy|purchase|click|enjoyed|liked) (?:this|something|through|an?|on)\b",
    r"hier (?:geht|können|finden) .{0,60}newsletter|abonnieren sie|melden sie sich|folgen sie|jetzt (?:abonnieren|"
    r"lesen)",
    r"suscríbete|síguenos|apúntate|inscrivez-vous|abonnez-vous|suivez-nous|iscriviti|seguici|inscreva-se|siga-nos|"
    r"assine",
    r"구독|登録",
)
"""What a reader is asked to do."""

CALL_WITHIN = _holds(
    r"\b(?:sign(?:ing)? up|subscribe|register) (?:for|to|on) .{0,60}\b(?:newsletter|youtube|channel|updates|podcast|"
    r"inbox)\b",
    r"\b(?:our|free|daily|weekly) (?:\w+ )?newsletters?\b|\bterms of (?:service|use)\b|\bprivacy policy\b",
    r"\b(?:earn|receive|get) (?:an? )?(?:affiliate |small )?(?:commission|share of the sale)\b|\baffiliate links?\b",
    r"\b(?:in|hit|leave|drop|join|below in) (?:us )?(?:the|our|your|a) comments?\b|\bcomment(?:s section)? below\b|"
    r"\bsound off\b|\bweigh in below\b",
    r"\bin (?:den|die|unseren) kommentaren?\b|\ben los comentarios\b|\bdans les commentaires\b|\bnei commenti\b|"
    r"\bnos comentários\b|댓글(?:로|에|을)|コメント(?:欄|で)",
)
"""Calls that stand anywhere in a line."""

CREDIT = _starts(
    r"copyright\b|©|photos?(?: by| courtesy|:| credit)|photograph(?:s|y|er)?(?: by|:)|images?(?: by| courtesy|:|"
    r" credit)",
    r"(?:picture|pictured|credit|caption|source)s?:|bild(?:er)?:|quelle:|fotos?:|crédits?(?: photo)?\s?:|"
    r"getty images|courtesy of\b",
    r"사진\s?[=:]|写真[:：提]",
)
CREDIT_BEHIND = re.compile(
    r"\(?\b(?:photo(?:graph|graphy|s)?|image|picture|credit|fotos?|bild|quelle|crédit)\s?(?:by|:|courtesy)\s"
    r"[^.!?]{2,60}\)?\W?$",
    re.I,
)
"""A caption ends with whose picture it is."""

BEHIND_ARTICLE = re.compile(
    r"^\W*(?:about the authors?|related (?:posts?|articles?|stories|content|news|topics)|recent posts?|"
    r"latest (?:posts?|news|stories|videos?)|more (?:from|stories|news|on this|like this)|read (?:more|next)|up next|"
    r"you (?:may|might) also (?:like|enjoy)|recommended(?: for you)?|leave a (?:reply|comment)|comments?|"
    r"post a comment|"
    r"share (?:this|it)|tags?:|filed under|topics?:|in this (?:article|story):?|popular (?:on|now|stories)|"
    r"most (?:read|popular|viewed|watched)|trending(?: now| stories)?|sponsored(?: content)?|"
    r"über den autor|über die autorin|mehr (?:zum thema|von|aus)|das könnte .{0,30}interessieren|"
    r"ähnliche (?:artikel|beiträge)|"
    r"schlagwörter|meistgelesen|"
    r"artículos relacionados|noticias relacionadas|sobre el autor|etiquetas:|lo más (?:leído|visto)|"
    r"articles? (?:similaires|liés)|sur le même (?:sujet|thème)|à propos de l(?:'|’)auteur|"
    r"articoli correlati|potrebbe interessarti|artigos relacionados|sobre o autor|veja também|"
    r"관련 ?기사|関連記事)\b.{0,30}$",
    re.I,
)
"""Headings of what follows an article."""

ELSEWHERE = _starts(
    r"related|recommended|read (?:more|next|also)|(?:editor(?:'|’)?s?(?:'|’)? )picks|more (?:from|stories|news|on)\b",
    r"most (?:read|popular|viewed|watched)|latest\b|recent posts?|trending|popular\b|up next|you (?:may|might) also|"
    r"what to read next|keep reading",
    r"don(?:'|’)t miss|follow (?:us|me)\b|sign up|subscribe|newsletter|join the|about the authors?|share\b|tags?$|"
    r"topics?$|"
    r"filed under|table of contents|contents?$|in this article|jump to|advertisement|sponsored",
    r"mehr (?:zum thema|von|aus)|auch interessant|das könnte|lesen sie|meistgelesen|über den autor|"
    r"inhalts(?:verzeichnis|übersicht)",
    r"te puede|lee también|más (?:sobre|noticias|leíd)|lo más|à lire|lire aussi|sur le même|leggi anche|potrebbe|"
    r"leia (?:também|mais)",
    r"관련|많이 본|인기 ?기사|関連|相关|読まれて",
)
"""First lines of boxes that stand inside an article and point elsewhere."""

SIGN_OFF = _starts(
    r"(?:additional |with )?(?:reporting|writing|editing|compiled) by\b|our standards:|contributors?:",
    r".{0,120}\bcontributed (?:to|reporting)\b|(?:reach|contact|follow|e-?mail) .{0,40}(?:@|twitter|e-?mail)",
    r".{0,200}\b(?:e-?mail|twitter|contact):? .{0,30}@",
)
BIO = re.compile(
    r"^.{0,60}\b(?:is|was|has been|works as|ist|war|arbeitet|es|est|è)\b.{0,80}\b(?:writer|reporter|editor|"
    r"journalist|critic|"
    r"correspondent|author|contributor|columnist|founder|producer|redakteur(?:in)?|autor(?:in|a)?|korrespondent(?:in)?|"
    r"journalistin|periodista|redactora?|journaliste|giornalista)\b",
    re.I,
)
WAIT = re.compile(r"^loading\b.{0,30}(?:\.\.\.|…)$", re.I)

_DATE_WORDS = """
first published updated update posted last modified veröffentlicht aktualisiert stand publicado actualizado publié
mis jour
pubblicato aggiornato on at am pm a m p um the of de à le et pt ct est edt pst pdt gmt bst utc uhr ago hour hours day
days
week weeks minute minutes min mins read h st nd rd th mon tue tues wed thu thur thurs fri sat sun monday tuesday
wednesday
thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lunes martes miércoles
jueves
viernes sábado domingo jan january januar feb february februar mar march märz apr april may mai jun june juni jul
july juli
aug august sep sept september oct october okt oktober nov november dec december dez dezember enero febrero marzo
abril mayo
junio julio agosto septiembre octubre noviembre diciembre janvier février mars avril juin juillet août septembre octobre
novembre décembre 年 月 日 年月日 公開 更新 년 월 일 오전 오후 입력 수정 등록 승인
"""
DATE_WORDS = frozenset(_DATE_WORDS.split())
