using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The users and groups of the host that stand for those of one container.</summary>
/// <param name="First">The host's number of the container's root.</param>
internal readonly record struct UserIds(uint First)
{
    /// <summary>All that a 16-bit user number can name, as the world's images are made for; nobody is 65534.</summary>
    public const uint Count = 1 << 16;

    public uint OnHost(uint inContainer) => First + Math.Min(inContainer, Count - 1);
}

/// <summary>Gives each container users of its own, so that even one that escapes is a stranger to all others. Shared by the cells of a machine.</summary>
internal sealed class UserIdPool
{
    private readonly LeaseDirectory _leases;
    private readonly uint _base;
    private readonly int _slots;
    private readonly Lock _lock = new();
    private int _next;

    /// <param name="range"><c>BASE:SIZE</c></param>
    /// <exception cref="DomainException">It is not such a range.</exception>
    public UserIdPool(string range, LeaseDirectory leases)
    {
        (_base, _slots) = Parse(range);
        _leases = leases;
    }

    /// <exception cref="DomainException">It is not such a range.</exception>
    public static (uint Base, int Slots) Parse(string range)
    {
        if (range.Split(':') is [var first, var size]
            && uint.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            && uint.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && from >= UserIds.Count && count >= UserIds.Count && (ulong)from + count <= uint.MaxValue)
            return (from, (int)(count / UserIds.Count));
        throw DomainError.Invalid(
            "userns-range",
            $"must be BASE:SIZE, each at least {UserIds.Count} and their sum below {uint.MaxValue}, not \"{range}\"").ToException();
    }

    /// <param name="owner">An existing path; the users are free again when it vanishes.</param>
    /// <exception cref="DomainException"><see cref="ErrorKind.InsufficientResources"/>: all are taken.</exception>
    public UserIds Take(string owner)
    {
        lock (_lock)
        {
            for (var tried = 0; tried < _slots; tried++)
            {
                var slot = _next;
                _next = (_next + 1) % _slots;
                if (_leases.TryTake(Name(slot), owner)) return new UserIds(_base + ((uint)slot * UserIds.Count));
            }
        }

        throw new DomainError(
            ErrorKind.InsufficientResources,
            $"no user IDs are left: {_slots} containers use the whole range from {_base}; enlarge --userns-range").ToException();
    }

    public void Release(UserIds ids, string owner)
    {
        // Of another range, from before the option was changed, nothing was leased here.
        if (ids.First >= _base && (ids.First - _base) / UserIds.Count is var slot && slot < _slots) _leases.Release(Name((int)slot), owner);
    }

    private static string Name(int slot) => slot.ToString(CultureInfo.InvariantCulture);
}
