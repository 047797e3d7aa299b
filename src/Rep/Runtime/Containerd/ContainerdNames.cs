using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Scheduler.Rep.Runtime.Containerd;

/// <summary>Names that containerd accepts: its own are shorter than ours, and must not have two separators in a row. No I/O.</summary>
internal static partial class ContainerdNames
{
    public const int Longest = 76;

    private const int HashDigits = 40;

    public static bool IsValid(string name) => name.Length <= Longest && Valid().IsMatch(name);

    /// <summary>Of a container: unique on the machine, and recognizable by its handle if possible.</summary>
    /// <param name="cell">Unique on the machine; short.</param>
    public static string OfContainer(string cell, string handle) => Fitting($"{cell}-{handle}", $"{cell}-", handle);

    /// <summary>Of a process, unique in its container.</summary>
    public static string OfProcess(string id) => Fitting(id, "process-", id);

    private static string Fitting(string name, string prefix, string hashed) =>
        IsValid(name) ? name : prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashed)))[..HashDigits];

    [GeneratedRegex(@"\A[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Valid();
}
