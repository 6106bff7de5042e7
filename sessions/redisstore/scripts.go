package redisstore

// Each script has one key. Its first arguments are the id that the key belongs to and the time now, in Unix
// milliseconds. Its reply is an array of texts. The first text is gone if there is no session, foreign if the
// key has a value that is no session, or one that the comment of the script names.
//
// Numbers are written as the texts of the arguments, because Lua would round them.

// lookup defines the function live. If the key is a session, live returns its user, its end and until when it
// is listed. Otherwise it returns nil and the reply.
const lookup = `
local function number(s)
	return s and string.find(s, '^%-?%d+$') and tonumber(s)
end
local function live()
	local m = redis.call('HMGET', KEYS[1], 'id', 'user', 'created', 'seen', 'expires', 'listed', 'moved', 'pending')
	if m[7] or m[8] then
		return nil, {'gone'}
	end
	local expires = number(m[5])
	if m[1] == ARGV[1] and number(m[3]) and number(m[4]) and expires then
		if expires <= tonumber(ARGV[2]) then
			return nil, {'gone'}
		end
		return {user = m[2] or '', expires = m[5], listed = m[6] or '0'}
	end
	if redis.call('EXISTS', KEYS[1]) == 0 then
		return nil, {'gone'}
	end
	return nil, {'foreign'}
end
`

// write defines the function write, which sets fields from the arguments first to last. Lua cannot pass more
// than some thousands of arguments at once.
const write = `
local function write(first, last)
	for i = first, last, 1000 do
		redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, last)))
	end
end
`

// makeScript makes a record or a reservation. Arguments: token, life, and the fields.
var makeScript = newScript(write + `
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'none' then
	if kind == 'hash' and redis.call('HGET', KEYS[1], 'token') == ARGV[3] then
		return {'ok'}
	end
	return {'taken'}
end
redis.call('HSET', KEYS[1], 'token', ARGV[3])
write(5, #ARGV)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'ok'}
`)

// healthScript writes as makeScript does, but no record.
var healthScript = newScript(`
redis.call('HSET', KEYS[1], 'seen', ARGV[2])
redis.call('PEXPIRE', KEYS[1], 60000)
return {'ok'}
`)

// updateScript changes a record. Arguments: see updateArgs. It replies list and the user if the id must be
// listed first.
//
// The first command that changes anything either only removes, or is a write that Redis refuses if its memory
// is full. After a first successful command Redis lets a script continue, so a change is made as a whole or
// not at all.
var updateScript = newScript(lookup + write + `
local record, why = live()
if not record then
	return why
end
local user, listed = record.user, record.listed
if ARGV[5] == '1' then
	user = ARGV[6]
end
if user ~= record.user then
	listed = '0'
end
if user == ARGV[7] and ARGV[8] ~= '' and tonumber(ARGV[8]) > (number(listed) or 0) then
	listed = ARGV[8]
end
if user ~= '' and (number(listed) or 0) < tonumber(ARGV[3]) then
	return {'list', user}
end
if tonumber(ARGV[4]) <= 0 then
	redis.call('DEL', KEYS[1])
	return {'ok'}
end
if ARGV[9] == '1' then
	for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
		if string.sub(field, 1, 2) == 'v:' then
			redis.call('HDEL', KEYS[1], field)
		end
	end
end
local last = 10 + 2 * tonumber(ARGV[10])
write(11, last)
for i = last + 1, #ARGV do
	redis.call('HDEL', KEYS[1], ARGV[i])
end
if user == '' and record.user ~= '' then
	redis.call('HDEL', KEYS[1], 'user', 'listed')
elseif user ~= record.user or listed ~= record.listed then
	redis.call('HSET', KEYS[1], 'user', user, 'listed', listed)
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {'ok'}
`)

// modifyScript compares and sets a value. Arguments: the field; whether there was a value, and which; whether
// there is a new value, and which. The last four may be missing. It replies ok if the value was the expected
// one, and has changed it; otherwise value and the value, or none.
var modifyScript = newScript(lookup + `
local record, why = live()
if not record then
	return why
end
local value = redis.call('HGET', KEYS[1], ARGV[3])
local known = false
if ARGV[4] == '1' then
	known = value == ARGV[5]
elseif ARGV[4] == '0' then
	known = not value
end
if not known then
	if value then
		return {'value', value}
	end
	return {'none', ''}
end
if ARGV[6] == '1' then
	redis.call('HSET', KEYS[1], ARGV[3], ARGV[7])
else
	redis.call('HDEL', KEYS[1], ARGV[3])
end
return {'ok'}
`)

// moveScript marks a record as moved, see Rename. Arguments: the new id, the user for whom it is listed, whether
// this is a new user of the record, and how long the mark stays. It replies list and the user if the new id
// must be listed for that user first, else ok and the fields. The fields stay in the hash, for the case that
// the client repeats the call because its answer was lost.
var moveScript = newScript(lookup + `
if redis.call('HGET', KEYS[1], 'moved') ~= ARGV[3] then
	local record, why = live()
	if not record then
		return why
	end
	if ARGV[5] == '0' and record.user ~= '' and record.user ~= ARGV[4] then
		return {'list', record.user}
	end
	redis.call('HSET', KEYS[1], 'moved', ARGV[3])
	redis.call('PEXPIRE', KEYS[1], ARGV[6])
end
local reply = {'ok'}
for _, text in ipairs(redis.call('HGETALL', KEYS[1])) do
	reply[#reply + 1] = text
end
return reply
`)

// redirectScript removes all of a moved record but the new id and the user. Argument: the new id.
var redirectScript = newScript(`
if redis.call('HGET', KEYS[1], 'moved') ~= ARGV[3] then
	return {'gone'}
end
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
	if field ~= 'id' and field ~= 'user' and field ~= 'moved' then
		redis.call('HDEL', KEYS[1], field)
	end
end
return {'ok'}
`)

// fillScript writes the record into a reservation. Arguments: the token of the reservation, the life of the
// record, and the fields. It replies gone if a Delete has removed the reservation, and with it the session.
var fillScript = newScript(write + `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[3] then
	return {'gone'}
end
if redis.call('HDEL', KEYS[1], 'pending') == 1 then
	write(5, #ARGV)
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {'ok'}
`)

// deleteScript removes whatever value the key has, also one that is no session, and replies ok and the user. For
// a record that has moved it replies moved and the new id, and removes nothing, since other calls may need to
// follow as well.
var deleteScript = newScript(`
local user = ''
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
	local moved = redis.call('HGET', KEYS[1], 'moved')
	if moved then
		return {'moved', moved}
	end
	user = redis.call('HGET', KEYS[1], 'user') or ''
end
redis.call('DEL', KEYS[1])
return {'ok', user}
`)

// peekScript replies live and the user; moved, the user and the new id; pending; or the reply of live.
var peekScript = newScript(lookup + `
local record, why = live()
if record then
	return {'live', record.user}
end
local m = redis.call('HMGET', KEYS[1], 'moved', 'pending', 'user')
if m[1] then
	return {'moved', m[3] or '', m[1]}
end
if m[2] then
	return {'pending'}
end
return why
`)

// The key of the scripts below is the list of a user. A value of another type was written by another program;
// the list begins anew then.

// endedPrefix marks ids in the list of a user whose sessions DeleteUser is ending. An id keeps the mark until it
// has no record. listScript lists no new id for a record that moves from a marked id. So no listed session
// moves to an id that is not listed, even though a cluster may keep each record on another server.
const endedPrefix = "ended:"

// listScript adds an id to the list, and removes ids after their end. Arguments: until when, the time until then,
// and the id that the record moves from, "" for none. It replies gone if that id is marked.
var listScript = newScript(`
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then
	redis.call('DEL', KEYS[1])
end
if ARGV[5] ~= '' and redis.call('ZSCORE', KEYS[1], '` + endedPrefix + `' .. ARGV[5]) then
	return {'gone'}
end
redis.call('ZADD', KEYS[1], 'GT', ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {'ok', ''}
`)

// unlistScript removes an id from the list. It needs no further argument.
var unlistScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok == 'zset' then
	redis.call('ZREM', KEYS[1], ARGV[1])
end
return {'ok', ''}
`)

// idsScript replies ok, an empty text, and the ids. The time now is its only argument.
var idsScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then
	return {'ok', ''}
end
local reply = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf')
table.insert(reply, 1, 'ok')
table.insert(reply, 2, '')
return reply
`)

// markScript marks all ids of the list. The time now is its only argument. It replies ok, an empty text, and the
// ids, also those that were marked before. It removes an id before it writes the marked one, since Redis
// refuses a script whose first write needs memory if that is full.
var markScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then
	return {'ok', ''}
end
local life = redis.call('PTTL', KEYS[1])
local all = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf', 'WITHSCORES')
local reply = {'ok', ''}
for i = 1, #all, 2 do
	local id = all[i]
	if string.sub(id, 1, #'` + endedPrefix + `') == '` + endedPrefix + `' then
		id = string.sub(id, #'` + endedPrefix + `' + 1)
	else
		redis.call('ZREM', KEYS[1], id)
		redis.call('ZADD', KEYS[1], all[i + 1], '` + endedPrefix + `' .. id)
	end
	reply[#reply + 1] = id
end
if life > 0 then
	redis.call('PEXPIRE', KEYS[1], life)
end
return reply
`)

// endScript has the key of a record again. Arguments: the id and the user. If the record is one of the user, or
// a reservation, it removes it and replies ended. Otherwise it replies moved and the new id, or none.
var endScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
	return {'none'}
end
local m = redis.call('HMGET', KEYS[1], 'user', 'moved', 'pending')
if m[2] then
	return {'moved', m[2]}
end
if m[3] or m[1] == ARGV[2] then
	redis.call('DEL', KEYS[1])
	return {'ended'}
end
return {'none'}
`)

// releaseScript takes marked ids from the list. Arguments: a number n, and ids. The first n ids have no record
// any more and leave the list. The others stay without the mark: a record of them is about to be written, or
// to become one of the user.
var releaseScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then
	return {'ok', ''}
end
local life = redis.call('PTTL', KEYS[1])
for i = 2, #ARGV do
	local mark = '` + endedPrefix + `' .. ARGV[i]
	local score = redis.call('ZSCORE', KEYS[1], mark)
	redis.call('ZREM', KEYS[1], mark)
	if score and i - 1 > tonumber(ARGV[1]) then
		redis.call('ZADD', KEYS[1], 'GT', score, ARGV[i])
	end
end
if life > 0 then
	redis.call('PEXPIRE', KEYS[1], life)
end
return {'ok', ''}
`)
