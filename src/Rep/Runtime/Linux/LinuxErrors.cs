namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Who is at fault when a file cannot be written.</summary>
internal static class LinuxErrors
{
    private const int NoEntry = 2, Exists = 17, NotDirectory = 20, IsDirectory = 21, Invalid = 22, TooManyNames = 31, NameTooLong = 36, TooManyLinks = 40, FileTooLarge = 27, RangeError = 34, TooLong = 7;

    /// <summary>True when it is what was asked for; false when it is the machine: no room, no right, a broken disk.</summary>
    public static bool IsOfTheEntry(int error) =>
        error is NoEntry or Exists or NotDirectory or IsDirectory or Invalid or TooManyNames or NameTooLong or TooManyLinks or FileTooLarge or RangeError or TooLong;
}
