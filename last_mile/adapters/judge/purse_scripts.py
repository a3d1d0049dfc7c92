"""What the purse in Redis does as a whole, in Lua. Not here: when (shared_purse.py).

KEYS: `purse` (nano-dollars by run and month, and the server they were set in), `workers` (by the
end of their leases, in microseconds), `account` (home of a worker, nano-dollars it holds by run and
month, `lost` when others may have gone on without it). HINCRBY adds 64-bit integers; Lua's own
numbers are floats and never hold money.
"""

# Whether counters and worker are known here: nothing was lost since the worker joined.
_KNOWN = """
local function known()
  return redis.call('HGET', KEYS[1], 'server') == server()
    and redis.call('EXISTS', KEYS[3]) == 1 and redis.call('HEXISTS', KEYS[3], 'lost') == 0
end
"""

# ARGV: nano, run, its cap or '', month, its cap or '', -nano. Why not, or ''.
RESERVE = (
    _KNOWN
    + """
local function above(sum, cap)
  if cap == '' or string.sub(sum, 1, 1) == '-' then return false end
  return #sum > #cap or (#sum == #cap and sum > cap)
end
if not known() then return 'lost' end
for i, capped in ipairs({'run_cap', 'month_cap'}) do
  redis.call('HINCRBY', KEYS[1], ARGV[2 * i], ARGV[1])
  if above(redis.call('HGET', KEYS[1], ARGV[2 * i]), ARGV[2 * i + 1]) then
    for j = 1, i do redis.call('HINCRBY', KEYS[1], ARGV[2 * j], ARGV[6]) end
    return capped
  end
end
redis.call('HINCRBY', KEYS[3], ARGV[2], ARGV[1])
redis.call('HINCRBY', KEYS[3], ARGV[4], ARGV[1])
return ''
"""
)

# ARGV: change in nano, run, month, '1' when this worker had set the money aside itself.
SETTLE = (
    _KNOWN
    + """
if not known() then return 0 end
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then  -- else the run is at rest
  redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[1])
end
redis.call('HINCRBY', KEYS[1], ARGV[3], ARGV[1])
if ARGV[4] == '1' then
  redis.call('HINCRBY', KEYS[3], ARGV[2], ARGV[1])
  redis.call('HINCRBY', KEYS[3], ARGV[3], ARGV[1])
end
return 1
"""
)

# ARGV: worker. Whether no other lives, and whether the counters are of this server: '10', '01', ...
LOOK = """
local others = 0
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], whole(now()), '+inf')) do
  if worker ~= ARGV[1] then others = others + 1 end
end
local is_set = redis.call('HGET', KEYS[1], 'server') == server()
return (others == 0 and '1' or '0') .. (is_set and '1' or '0')
"""

# ARGV: worker, home, its lease in ms, prefix of accounts, '1' when it is alone, run, nano, month,
# nano. Money of workers whose journals are not in the tables that were read counts beside these.
JOIN = """
local found = {}
for _, worker in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local key = ARGV[4] .. worker
  local dead = redis.call('ZSCORE', KEYS[2], worker) + 0 < now()
  local here = redis.call('HGET', key, 'home') == ARGV[2]
  if ARGV[5] == '1' and (here or redis.call('EXISTS', key) == 0) then
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[2], worker)
  elseif (dead and not here) or redis.call('HEXISTS', key, 'lost') == 1 then
    if ARGV[5] == '1' then redis.call('HSET', key, 'lost', '1') end
    found[#found + 1] = key
  end
end
local function set(name, nano)
  redis.call('HSET', KEYS[1], name, nano)
  for _, key in ipairs(found) do
    redis.call('HINCRBY', KEYS[1], name, redis.call('HGET', key, name) or '0')
  end
end
if ARGV[5] == '1' then
  if redis.call('HGET', KEYS[1], 'server') ~= server() then redis.call('DEL', KEYS[1]) end
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(name, 1, 4) == 'run-' then redis.call('HDEL', KEYS[1], name) end
  end
  redis.call('HSET', KEYS[1], 'server', server())
  set(ARGV[8], ARGV[9])
end
if redis.call('HEXISTS', KEYS[1], ARGV[6]) == 0 then set(ARGV[6], ARGV[7]) end
redis.call('HSET', KEYS[3], 'home', ARGV[2])
redis.call('ZADD', KEYS[2], whole(now() + ARGV[3] * 1000), ARGV[1])
"""

# ARGV: worker, home, its lease in ms, then name and nano of all it holds. Whether it may go on.
BEAT = """
if redis.call('EXISTS', KEYS[3]) == 0 then  -- what it holds counts again, and it asks no more
  redis.call('HSET', KEYS[3], 'home', ARGV[2], 'lost', '1')
  local is_set = redis.call('HGET', KEYS[1], 'server') == server()
  for i = 4, #ARGV, 2 do
    redis.call('HINCRBY', KEYS[3], ARGV[i], ARGV[i + 1])
    if is_set and redis.call('HEXISTS', KEYS[1], ARGV[i]) == 1 then
      redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
    end
  end
end
redis.call('ZADD', KEYS[2], whole(now() + ARGV[3] * 1000), ARGV[1])
return 1 - redis.call('HEXISTS', KEYS[3], 'lost')
"""

# ARGV: worker. What it asked is in the tables.
LEAVE = """
redis.call('DEL', KEYS[3])
redis.call('ZREM', KEYS[2], ARGV[1])
"""
