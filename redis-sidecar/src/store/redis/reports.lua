-- Writes reports, and returns the time and those that were written since.
--
-- KEYS[1], a hash: the last report of each teller. KEYS[2], a sorted set: tellers, by when that was
-- written. ARGV: the milliseconds after which a report is forgotten, the most that are returned, the
-- time since when, and teller and report of each that is to be written.
--
-- Times are Redis' own. One that lies in the future was written before the clock was set back.
local reports, written = KEYS[1], KEYS[2]
local forgotten_ms, most, since = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local function text(n) return string.format('%.0f', n) end

local function forget(from, to)
  local gone = redis.call('ZRANGEBYSCORE', written, from, to, 'LIMIT', 0, most)
  if #gone > 0 then
    redis.call('HDEL', reports, unpack(gone))
    redis.call('ZREM', written, unpack(gone))
  end
end

forget('-inf', text(now - forgotten_ms))
forget('(' .. text(now), '+inf')
for place = 4, #ARGV, 2 do
  redis.call('HSET', reports, ARGV[place], ARGV[place + 1])
  redis.call('ZADD', written, text(now), ARGV[place])
end
if #ARGV > 3 then
  redis.call('PEXPIRE', reports, forgotten_ms)
  redis.call('PEXPIRE', written, forgotten_ms)
end

if since > now then since = 0 end
local answer = { now }
local tellers =
  redis.call('ZRANGEBYSCORE', written, text(since), '+inf', 'WITHSCORES', 'LIMIT', 0, most)
for place = 1, #tellers, 2 do
  answer[#answer + 1] = now - tonumber(tellers[place + 1])
  answer[#answer + 1] = redis.call('HGET', reports, tellers[place])
end
return answer
