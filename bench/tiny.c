/* The smallest child: what it costs to start it is the system's part alone. */
int main(void)
{
    return 0;
}
