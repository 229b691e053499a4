"""What the lines around an article say, in the words of the trade: pointers, calls to act, credits, sign-offs.

Every pattern is tried on one short line and is linear in it. Words are given by language: en, de, es, fr, it, pt, nl,
ko, ja (and zh), as far as a language has its own.
"""

from __future__ import annotations

import re


def _starts(*parts: str) -> re.Pattern[str]:
    """A pattern for lines that begin with one of these, whatever sign stands in front."""
    return re.compile(rf"^\W*(?:{'|'.join(parts)})", re.I)


def _holds(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.I)


_LABELS = (
    r"(?:also |must |now )?(?:read|see|watch)(?: more| next| also| now| this)?(?: next)?|keep reading|related|more|"
    r"more (?:on|from|about|in)|recommended|photos?|pics|video|watch the video|listen|sign up|subscribe|newsletter|"
    r"follow us|share|advertisement|most read|editor(?:'|’)?s?(?:'|’)? picks?|hot on web|what to read next|next|"
    r"previously",
    r"lesen sie(?: auch| mehr| hier)?|lies auch|mehr(?: zum thema| dazu| lesen)?|auch interessant|siehe auch|"
    r"lese-?tipps?|weiterlesen|passend dazu",
    r"l[ée]e(?:r)?(?: también| más)?|te puede interesar|también te puede interesar|más información|ver (?:también|más)|"
    r"mira(?: también)?|no te pierdas|relacionad[oa]s?",
    r"(?:à )?lire(?: aussi| également| la suite| plus)?|à (?:voir|découvrir)(?: aussi)?|voir aussi|en savoir plus|"
    r"sur le même sujet",
    r"leggi(?: anche| di più| tutto)?|guarda(?: anche)?|vedi anche|per approfondire|ti potrebbe interessare",
    r"leia(?: também| mais)?|veja(?: também| mais)?|saiba mais|confira(?: também)?|assista|relacionad[oa]s?",
    r"lees(?: ook| meer| verder)?|bekijk(?: ook)?|zie ook|kijk ook|meer over dit onderwerp|meer lezen",
    r"관련 ?기사|관련 ?뉴스|더 ?보기",
    r"関連記事|あわせて読みたい|こちらも|相关阅读|相关|延伸閱讀|延伸阅读|更多",
)
POINTER = re.compile(rf"^\W*(?:{'|'.join(_LABELS)})\b[\s\w'’]{{0,30}}\s*[:：\]】]", re.I)
"""A label with a colon behind it: "Read more: …", "[Most read] …"."""

_ADVERTISING = (
    r"(?:advertisement|advertorial|sponsored|ad|anzeige|werbung|publicidad|anuncio|publicité|pubblicità|publicidade|"
    r"anúncio|advertentie|reclame|광고|広告|スポンサーリンク|广告|廣告)\W*$"
)
_GOES_ON = (
    r"(?:story|article|post|text) continues\b|continue reading\b|scroll down\b",
    r"(?:der )?(?:artikel|text|beitrag) (?:geht|wird) .{0,30}(?:weiter|fortgesetzt)|nach der (?:werbung|anzeige)",
    r"(?:sigue|continúa) leyendo\b|(?:continúa|sigue|continua|segue|prosegue|la suite) (?:después|tras|dopo|após|"
    r"depois|après) "
    r".{0,15}(?:publici|pubblici|annonce|anuncio)|continua a leggere\b|la suite de l(?:'|’)article\b",
    r"(?:het )?(?:artikel|tekst|bericht) (?:gaat|loopt) (?:verder|door)|(?:lees )?verder (?:lezen )?onder\b",
)
CALL = _starts(
    _ADVERTISING,
    *_GOES_ON,
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
    r"share (?:this|on|via)\b|tell your friends|spread the\b|support (?:us|our)\b",
    r"if you (?:buy|purchase|click|enjoyed|liked) (?:this|something|through|an?|on)\b",
    r"hier (?:geht|können|finden) .{0,60}newsletter|abonnieren sie|melden sie sich|folgen? sie|folgt uns|folge uns|"
    r"jetzt (?:abonnieren|lesen|anmelden)|teilen sie\b|diesen artikel\b",
    r"suscríbete|síguenos|apúntate|compart(?:e|ir) (?:en|esta|este)\b|regístrate",
    r"inscrivez-vous|abonnez-vous|suivez(?:-nous| nous)|partage[rz]\b|rejoignez(?:-nous)?\b",
    r"iscriviti|seguici|abbonati|condividi\b|registrati",
    r"inscreva-se|siga-nos|siga (?:o|a|nosso|nossa)\b|assine|cadastre-se|compartilhe\b|receba (?:as|nossas?|o|no)\b",
    r"schrijf je (?:\w+ )?in\b|meld je (?:\w+ )?aan\b|volg (?:ons|onze)\b|abonneer\b|deel dit\b",
    r"(?:뉴스레터|채널|유튜브).{0,10}구독|구독(?!자)|登録(?!者)|メルマガ|フォロー(?:する|して)|订阅|訂閱|关注我们",
)
"""What a reader is asked to do."""

_LETTER = r"(?:newsletters?|bolet[íi]n|boletim|lettre d(?:'|’)information|infolettre|nieuwsbrief)\b"
CALL_WITHIN = _holds(
    r"\b(?:sign(?:ing)? up|subscribe|register) (?:for|to|on) .{0,60}\b(?:newsletter|youtube|channel|updates|"
    r"podcast|inbox)\b",
    r"\b(?:our|free|daily|weekly) (?:\w+ )?newsletters?\b|\bterms of (?:service|use)\b|\bprivacy policy\b",
    r"\b(?:earn|receive|get) (?:an? )?(?:affiliate |small )?(?:commission|share of the sale)\b|\baffiliate links?\b",
    r"\b(?:in|hit|leave|drop|join|below in) (?:us )?(?:the|our|your|a) comments?\b|\bcomment(?:s section)? below\b|"
    r"\bsound off\b|\bweigh in below\b",
    rf"\b(?:unser\w*|nuestr\w+|notre|nos|nostra|nossas?|onze|(?:suscr|inscr|abon|cadastr|iscri|"
    rf"assin)\w*) .{{0,40}}{_LETTER}",
    r"\bin (?:den|die|unseren) kommentaren?\b|\ben los comentarios\b|\bdans les commentaires\b|\bnei commenti\b|"
    r"\bnos comentários\b|\bin de (?:reacties|comments)\b|댓글(?:로|에|을)|コメント(?:欄|で)|無断転載",
)
"""Calls that stand anywhere in a line."""

CREDIT = _starts(
    r"copyright\b|[©ⓒ]|photos?(?: by| courtesy| via|\s?:| credit)|photograph(?:s|y|er)?(?: by|:)|"
    r"images?(?: by| courtesy| via|\s?:| credit)|getty images|courtesy of\b",
    r"(?:picture|pictured|credit|caption|source|bild(?:er|quelle|nachweis|rechte)?|quelle|fotos?|fotoquelle|"
    r"imagen|imágenes|fotograf[íi]as?|crédito?s?(?: de la (?:foto|imagen))?|imagem|imagens|immagin[ei]|"
    r"beeld|afbeelding|fuente|fonte|bron|bronnen)s?\s?:|crédits?(?: photos?)?\s?:|(?:reprodução|divulgação)\s?/",
    r"(?:사진|이미지|출처)\s?(?:[=:/]|제공|출처)|(?:写真|画像|撮影|出典|图片|圖片|图源)(?:提供|来源)?\s?[:：=]|写真提",
)
CREDIT_BEHIND = re.compile(
    r"\(?\b(?:photo(?:graph|graphy|s)?|image|picture|credit|fotos?|bild|bildquelle|quelle|crédits?|imagen|imagem|"
    r"immagine|beeld|reprodução|divulgação)\s?(?:by|[:/]|courtesy|via\s)\s?[^.!?]{2,60}\)?\W?$",
    re.I,
)
"""A caption ends with whose picture it is."""

_LISTS = (
    r"related (?:posts?|articles?|stories|content|news|topics|reading|links|coverage|videos?)|related\W*$|"
    r"recommended|more (?:from|stories|news|on this|like this|articles|posts)|recent (?:posts?|articles)|"
    r"latest (?:posts?|news|stories|videos?|articles|headlines)|up next|(?:you|we) (?:may|might|think you(?:'|"
    r"’)ll) (?:also )?"
    r"(?:like|enjoy|love)|most (?:read|popular|viewed|watched|commented)|trending|popular (?:on|now|stories|posts)|"
    r"what to read next|read next|from (?:around|across) the web|around the web|other (?:stories|articles|posts)|"
    r"(?:editor(?:'|’)?s?(?:'|’)? )picks",
    r"(?:ähnliche|verwandte|weitere|neueste|aktuelle|andere|passende) (?:artikel|beiträge|themen|nachrichten|"
    r"meldungen|news|"
    r"storys|videos|kommentare)|das könnte .{0,30}(?:interessieren|gefallen)|mehr (?:zum thema|von|aus|artikel|news|"
    r"nachrichten)|meistgelesen\w*|auch interessant|lesen sie auch|empfohlene (?:artikel|beiträge|videos)|"
    r"empfohlen(?:er redaktioneller inhalt)?\W*$|empfehlungen (?:der redaktion|für)|leseempfehlung\w*|zum weiterlesen",
    r"(?:artículos|noticias|entradas|contenidos?|notas|temas) (?:relacionad[oa]s?|recientes|similares)|"
    r"(?:también )?te (?:puede|podría|recomendamos|gustará)|puede interesarte|más (?:noticias|leíd[oa]s|vist[oa]s)|"
    r"lo (?:más (?:leído|visto|popular|reciente)|último)|l[ée]e también|últimas noticias|"
    r"recomendad[oa]s(?: para (?:ti|usted))?\W*$",
    r"articles? (?:similaires|liés|connexes|récents|recommandés|associés|les plus lus)|sur le même (?:sujet|thème)|"
    r"à (?:lire|voir|découvrir)(?: aussi| également| ensuite)?$|lire aussi|vous (?:aimerez|pourriez|"
    r"devriez) (?:aussi|également|aimer)|"
    r"les plus (?:lus|vus)|dans la même (?:rubrique|catégorie)|plus d(?:'|’)(?:articles|actus?)",
    r"(?:articoli|notizie|contenuti) (?:correlat[ie]|recenti|simili)|(?:ti )?potrebber?o? (?:anche )?(?:interessar|"
    r"piacer)|"
    r"leggi anche|i più (?:letti|visti)|le più lette|ultime notizie|altr[ie] (?:articoli|notizie)",
    r"(?:artigos|notícias|posts|matérias|conteúdos?) (?:relacionad[oa]s?|recentes|similares)|"
    r"(?:você )?(?:também )?pode "
    r"(?:gostar|interessar)|(?:leia|veja) também|mais (?:lid[oa]s|notícias|vist[oa]s)|últimas notícias|"
    r"recomendad[oa]s(?: para você)?\W*$",
    r"gerelateerde? (?:artikelen|berichten|nieuws|onderwerpen)|meest (?:gelezen|bekeken)|lees ook|meer (?:nieuws|"
    r"artikelen|"
    r"berichten|van)|laatste (?:nieuws|berichten)|aanbevolen(?: voor (?:jou|u))?\W*$|misschien vind je|ook interessant",
)
"""What lists of other articles are called."""
_LISTS_EAST = (
    r"관련 ?(?:기사|뉴스|글|키워드)|많이 본|(?:인기|추천|최신|주요) ?(?:기사|뉴스|글)|다른 ?기사|"
    r"関連(?:記事|ニュース|キーワード|リンク|タグ)|人気の?(?:記事|ランキング|キーワード)|おすすめの?(?:記事|"
    r"ニュース|関連)|おすすめ$|新着(?:記事|ニュース)|最新(?:記事|ニュース)|"
    r"あわせて読みたい|よく読まれて|読まれている|相关(?:阅读|新闻|文章)|相關(?:閱讀|新聞|文章)|热门(?:文章|新闻|"
    r"推荐|排行)|延伸閱讀|延伸阅读|推荐阅读"
)
_BEHIND = (
    r"about the authors?|leave a (?:reply|comment)|comments?|post a comment|share (?:this|it)|filed under|tags$|"
    r"topics$|"
    r"in this (?:article|story)|read more|sponsored(?: content)?|more$",
    r"über de[nr] autor(?:in)?|über die autor(?:in|en)|schlag(?:wörter|worte)$|kommentare?(?: \(?\d|$)|"
    r"kommentar (?:schreiben|hinterlassen|verfassen)|schreibe? einen kommentar|artikel teilen|teilen$|mehr$",
    r"(?:sobre|acerca) (?:el|del) autor|etiquetas$|comentarios(?: \(?\d|$)|deja (?:un|tu|una) (?:comentario|respuesta)|"
    r"comparte?(?:ir)?$",
    r"à propos de l(?:'|’)auteur|mots[- ]clés|étiquettes|commentaires?(?: \(?\d|$)|laisse[rz] un commentaire|partager",
    r"(?:sull(?:'|’)|informazioni sull(?:'|’))autore|commenti(?: \(?\d|$)|lascia un commento|condividi",
    r"sobre o autor|comentários(?: \(?\d|$)|deixe (?:um|o seu|seu) comentário|compartilh[ae]r?",
    r"over de auteur|reacties(?: \(?\d|$)|(?:plaats|geef) een reactie|deel dit|delen$|trefwoorden",
)
_BEHIND_EAST = (
    r"댓글(?:\s?\d|\s?쓰기|\s?보기|\s?작성|$)|コメント(?:する|を書く|欄|一覧|\s?[(（]?\d|$)|この記事を書いた|"
    r"シェアする|シェア$|评论$"
)
_TAGS = (
    r"tags?|labels?|topics?|filed under|categor(?:y|ies)|themen|schlag(?:wörter|worte)|stichwörter|etiquetas|temas|"
    r"étiquettes|"
    r"mots[- ]clés|argomenti|marcadores|assuntos|trefwoorden|onderwerpen|태그|키워드|タグ|カテゴリー?|キーワード|"
    r"标签|標籤|关键词"
)
BEHIND_ARTICLE = re.compile(
    rf"^\W*(?:(?:{'|'.join((*_LISTS, *_BEHIND))})\b.{{0,30}}|(?:{_LISTS_EAST}|{_BEHIND_EAST}).{{0,15}}|"
    rf"(?:{_TAGS})\s?[:：].*)$",
    re.I,
)
"""Headings of what follows an article."""

ELSEWHERE = _starts(
    *_LISTS,
    r"related|read (?:more|next|also)|more on\b|latest\b|popular\b|keep reading|don(?:'|’)t miss|follow (?:us|"
    r"me)\b|sign up|"
    r"subscribe|newsletter|join the|about the authors?|share\b|tags?$|topics?$|filed under|table of contents|"
    r"contents?$|"
    r"in this article|jump to|advertisement|sponsored|get (?:the|our) .{0,30}(?:newsletter|app)",
    r"lesen sie|über de[nr] autor|über die autor|inhalts(?:verzeichnis|übersicht)|inhalt$|newsletter|anzeige$|themen$",
    r"más sobre\b|síguenos|suscríbete|índice$|en este artículo|temas$",
    r"à lire|sommaire$|suivez-nous|abonnez-vous|inscrivez-vous|dans cet article",
    r"seguici|iscriviti|indice$|in questo articolo|sommario$",
    r"leia mais|siga-nos|inscreva-se|índice$|neste artigo|tópicos$",
    r"lees meer|volg ons|inhoud(?:sopgave)?$|in dit artikel",
    rf"{_LISTS_EAST}|관련|関連|相关|目次",
)
"""First lines of boxes that stand inside an article and point elsewhere."""

SIGN_OFF = _starts(
    r"(?:additional |with )?(?:reporting|writing|editing|compiled) by\b|our standards:|contributors?:",
    r".{0,120}\bcontributed (?:to|reporting)\b|(?:reach|contact|follow|e-?mail) .{0,40}(?:@|twitter|e-?mail)",
    r".{0,200}\b(?:e-?mail|twitter|contact):? .{0,30}@|.{0,20}(?:기자|記者).{0,12}@|\S{1,40}@\S{1,40}$",
)
BIO = re.compile(
    r"^.{0,60}\b(?:is|was|has been|works as|ist|war|arbeitet|es|est|è|é|werkt)\b.{0,80}\b(?:writer|reporter|editor|"
    r"journalist|critic|correspondent|author|contributor|columnist|founder|producer|redakteur(?:in)?|autor(?:in|a)?|"
    r"korrespondent(?:in)?|journalistin|periodista|redactora?|journaliste|giornalista|jornalista|redacteur|blogger)\b|"
    r"^.{0,60}\b(?:writes|covers|reports|schreibt|berichtet|escribe|écrit|scrive|escreve|schrijft)\b "
    r"(?:about|for|on|über|für|seit|sobre|para|pour|sur|per|su|di|over|voor)\b",
    re.I,
)
WAIT = re.compile(r"^loading\b.{0,30}(?:\.\.\.|…)$", re.I)

LEADS = frozenset(
    [
        "by",
        "by:",
        "von",
        "von:",
        "por",
        "por:",
        "par",
        "par:",
        "di",
        "door",
        "door:",
        "author",
        "autor",
        "auteur",
        "autore",
    ]
)
"""What stands in a line of its own above a name."""

_DATE_WORDS = """
first originally published updated update posted last modified created on at am pm a m p by the of pt ct est edt
pst pdt gmt bst utc et ago hour hours hr hrs day days week weeks month months minute minutes min mins read h st nd
rd th mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday january
february march april may june july august september october november december jan feb mar apr jun jul aug sep sept
oct nov dec veröffentlicht aktualisiert erstellt stand zuletzt geändert um vom uhr vor stunden stunde minuten tagen
tag lesezeit montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so januar jänner februar
märz mai juni juli oktober dezember okt dez publicado actualizado creado el la las los de del hora horas hace hs
lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre
setiembre octubre noviembre diciembre ene abr dic publié modifié mis mise à jour le il y heures heure lundi mardi
mercredi jeudi vendredi samedi dimanche janvier février mars avril juin juillet août septembre octobre novembre
décembre janv févr juil déc pubblicato aggiornato alle ore lunedì martedì mercoledì giovedì venerdì sabato domenica
gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre atualizado em às há segunda terça quarta
quinta sexta feira janeiro fevereiro março maio junho julho setembro outubro novembro dezembro gepubliceerd
geplaatst bijgewerkt op om uur geleden maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari
maart mei augustus января февраля марта апреля мая июня июля августа сентября октября ноября декабря опубликовано
обновлено в 年 月 日 年月日 公開 公開日 更新 更新日 最終更新 掲載 発売 配信 投稿 时 分 時 发布 發布 于 於 년 월 일
오전 오후 입력 수정 등록 승인 발행 최종 기사입력 기사수정 시 분
"""
DATE_WORDS = frozenset(_DATE_WORDS.split())
