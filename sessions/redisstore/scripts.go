package redisstore

// The scripts have one key each. The first arguments are the id that the key belongs to and the time
// now, in Unix milliseconds. The reply is an array of texts. Its first is gone for no session, foreign
// for what is none, or what the script says.
//
// Numbers are kept as the texts that they came as, because Lua would round them when it writes them.

// lookup defines live, which returns the record under the key if it is a session: its user, its end
// and until when it is listed. Otherwise it returns nil and the reply.
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

// write defines write, which sets fields from the arguments first to last. Lua cannot hand over more
// than some thousands at once.
const write = `
local function write(first, last)
	for i = first, last, 1000 do
		redis.call('HSET', KEYS[1], unpack(ARGV, i, math.min(i + 999, last)))
	end
end
`

// makeScript: token, life, and the fields.
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

// updateScript: see updateArgs. It replies list and the user when the id is to be listed first.
//
// What it does first is removing, or a write that Redis refuses as a whole when its memory is full.
// After a first write Redis lets a script go on, so a change is made whole or not at all.
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

// modifyScript: the field; and when the value is known whether there was one and which, and whether
// there is to be one and which. It replies value and the value, or none, when it is another.
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

// leaveScript: the new id, for whom that is listed, whether he is the new owner, and how long the trace
// stays. It replies list and the user when the new id is to be listed first, else ok and the fields. They
// stay, too, for a call that is repeated because its answer was lost.
var leaveScript = newScript(lookup + `
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

// traceScript: the new id. It leaves nothing of a record that has moved but where.
var traceScript = newScript(`
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

// fillScript: the token of the reservation, the life of the record, and the fields. A reservation that
// is no longer there was deleted, and the session with it.
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

// deleteScript replies ok and whose the record was, so it removes what is foreign as well. Of a record that
// has moved it replies moved and the new id, and the trace stays for others that look for it.
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

// peekScript replies live and the user, moved, the user and the new id, pending, or what live says.
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

// The key of those below is the list of a user. One that is of another type was overwritten by
// somebody else, so it is begun anew.

// Before the sessions of a user are ended their ids get endedPrefix in the list. They have it until there
// is no record of them. So of all ids that are listed then, no session moves on to one that is not, though
// a cluster may keep each of them on another server.
const endedPrefix = "ended:"

// listScript: until when, how long that is, and the id that the record moves from, if it does. It replies
// gone where that is one to be ended, and removes what is no longer to be listed.
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

var unlistScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok == 'zset' then
	redis.call('ZREM', KEYS[1], ARGV[1])
end
return {'ok', ''}
`)

// membersScript has the time now as its only argument. It replies ok, nothing, and the ids.
var membersScript = newScript(`
if redis.call('TYPE', KEYS[1]).ok ~= 'zset' then
	return {'ok', ''}
end
local reply = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], '+inf')
table.insert(reply, 1, 'ok')
table.insert(reply, 2, '')
return reply
`)

// condemnScript has the time now as its only argument. It marks all ids of the list as those of sessions to
// be ended, and replies ok, nothing, and the ids, also those that were marked before. It removes an id
// before it writes the mark, since Redis refuses a script whose first write needs memory when that is full.
var condemnScript = newScript(`
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

// endScript, whose key is that of a record: the id, and the user. It removes the record if it is one of the
// user, or yet to be filled, and replies ended; moved and the new id; or none.
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

// releaseScript: how many of the ids that follow are of no record any more. They leave the list. The rest
// are listed as before: a record of them is about to be written, or to become one of the user.
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
